package view

import (
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// A FileList is a folder of a bucket: the way to it, its folders and its objects, a page of them at a time.
type FileList struct {
	app.Compo
	Out     *Out
	Listing protocol.Listing
}

// Render draws the list.
func (v *FileList) Render() app.UI {
	l := v.Listing
	var crumbs []app.UI
	all := model.Crumbs(l)
	for i, c := range all {
		if i == len(all)-1 {
			crumbs = append(crumbs, app.Li().Aria("current", "page").Text(c.Name))
			break
		}
		crumbs = append(crumbs, app.Li().Body(app.Button().Type("button").Class("file-crumb").DataSet("ref", c.Ref).Text(c.Name).OnClick(v.look)))
	}
	body := []app.UI{app.Nav().Class("crumbs").Aria("label", "Folders").Body(app.Ol().Body(crumbs...))}
	total := l.Folders + l.Files
	if total == 0 {
		words := "Nothing here."
		switch {
		case l.Bucket == "":
			words = "There is no bucket yet."
		case l.Prefix == "":
			words = "The bucket is empty. What a Firehose stream delivers appears here."
		}
		return app.Section().Class("sheet-section files").Body(append(body, app.P().Class("soft files-none").Body(Icon("folder-open"), app.Text(words)))...)
	}
	var rows []app.UI
	for _, f := range l.Entries {
		icon, size, when := "file-text", model.Bytes(float64(f.Bytes)), model.Brief(f.At)
		class := "file"
		if f.Folder {
			icon, class = "folder", "file folder"
			size = plural(f.Objects, "object")
			if l.Bucket == "" {
				icon = "archive"
			}
			if l.Bucket != "" || f.Objects > 0 {
				size += ", " + model.Bytes(float64(f.Bytes))
			}
		}
		name := []app.UI{Icon(icon), app.Span().Text(f.Name)}
		if f.Errors {
			class += " errors"
			name = append(name, app.Small().Class("file-tag").Text("failed records"))
		}
		get := app.UI(app.Text(""))
		if !f.Folder {
			get = app.Button().Type("button").Class("btn icon small quiet").Aria("label", Attr("Download "+f.Name)).Title("Download").DataSet("ref", f.Ref).Body(Icon("download")).OnClick(v.save)
		}
		if f.At < 0 {
			when = ""
		}
		rows = append(rows, app.Tr().Class(class).Body(
			app.Td().Body(app.Button().Type("button").Class("file-name").Title(Attr(f.Name)).DataSet("ref", f.Ref).Body(name...).OnClick(v.look)),
			app.Td().Class("num").DataSet("head", "Size").Text(size), app.Td().Class("num").DataSet("head", "Modified").Text(when), app.Td().Class("file-get").Body(get)))
	}
	table := app.Table().Class("file-table").Body(
		app.THead().Body(app.Tr().Body(app.Th().Attr("scope", "col").Text("Name"), app.Th().Attr("scope", "col").Class("num").Text("Size"), app.Th().Attr("scope", "col").Class("num").Text("Modified"), app.Th().Attr("scope", "col").Body(app.Span().Class("visually-hidden").Text("Download")))),
		app.TBody().Body(rows...))
	body = append(body, table)
	first, last := l.From+1, l.From+len(l.Entries)
	if total > len(l.Entries) {
		prev := app.Button().Type("button").Class("btn small quiet").Body(Icon("chevron-left"), app.Text("Before")).OnClick(v.back)
		next := app.Button().Type("button").Class("btn small quiet").Body(app.Text("Next"), Icon("chevron-right")).OnClick(v.next)
		end := app.Button().Type("button").Class("btn small quiet").Text("Last").OnClick(v.last)
		prev, next, end = prev.Disabled(l.From == 0), next.Disabled(last >= total), end.Disabled(last >= total)
		body = append(body, app.Div().Class("file-pages").Body(prev, app.Span().Class("num").Text(model.Count(first)+"–"+model.Count(last)+" of "+model.Count(total)), next, end))
	}
	return app.Section().Class("sheet-section files").Body(body...)
}

func (v *FileList) look(ctx app.Context, _ app.Event) {
	v.Out.Send(ctx, model.Look{Ref: ctx.JSSrc().Get("dataset").Get("ref").String()})
}

func (v *FileList) save(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	v.Out.Send(ctx, model.SaveObject{Ref: ctx.JSSrc().Get("dataset").Get("ref").String()})
}

// pageOf is how many entries a page has; the engine sends as many.
const pageOf = protocol.PageEntries

func (v *FileList) back(ctx app.Context, _ app.Event) {
	v.Out.Send(ctx, model.ShowFrom{Place: v.Listing.From - pageOf})
}

func (v *FileList) next(ctx app.Context, _ app.Event) {
	v.Out.Send(ctx, model.ShowFrom{Place: v.Listing.From + pageOf})
}

func (v *FileList) last(ctx app.Context, _ app.Event) {
	v.Out.Send(ctx, model.ShowFrom{Place: (v.Listing.Folders + v.Listing.Files - 1) / pageOf * pageOf})
}

// A FileHead is above an object's sheet: where it lies, how large it is, and the button that hands its bytes to the learner.
type FileHead struct {
	app.Compo
	Out      *Out
	File     protocol.File
	Download *model.Download
}

// Render draws the head.
func (v *FileHead) Render() app.UI {
	f := v.File
	text := "Download, " + model.Bytes(float64(f.Bytes))
	busy := v.Download != nil && v.Download.Ref == f.Ref && v.Download.Flaw == "" && v.Download.Got < v.Download.Total
	button := app.Button().Type("button").Class("btn small primary").Body(Icon("download"), app.Text(text)).OnClick(v.save)
	if busy {
		button = app.Button().Type("button").Class("btn small primary").Aria("disabled", true).Body(app.Span().Class("spinner"), app.Text(model.Bytes(float64(v.Download.Got))+" of "+model.Bytes(float64(v.Download.Total))))
	}
	ref, bucket := f.Ref, ""
	if at, ok := strings.CutPrefix(ref, "object:"); ok {
		bucket, _, _ = strings.Cut(at, "/")
	}
	folder := protocol.Listing{Bucket: bucket}
	if key := strings.TrimPrefix(ref, "object:"+bucket+"/"); strings.Contains(key, "/") {
		folder.Prefix = key[:strings.LastIndexByte(key, '/')+1]
	}
	var crumbs []app.UI
	for _, c := range model.Crumbs(folder) {
		crumbs = append(crumbs, app.Li().Body(app.Button().Type("button").Class("file-crumb").DataSet("ref", c.Ref).Text(c.Name).OnClick(v.look)))
	}
	return app.Div().Class("file-head").Body(app.Nav().Class("crumbs").Aria("label", "Folders").Body(app.Ol().Body(crumbs...)), app.Div().Class("row").Body(button))
}

func (v *FileHead) save(ctx app.Context, _ app.Event) {
	v.Out.Send(ctx, model.SaveObject{Ref: v.File.Ref})
}

func (v *FileHead) look(ctx app.Context, _ app.Event) {
	v.Out.Send(ctx, model.Look{Ref: ctx.JSSrc().Get("dataset").Get("ref").String()})
}
