package page

import (
	"hash/crc32"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/link"
	"shardlab/app/model"
	"shardlab/app/view"
	"shardlab/wasm/protocol"
)

// benchID is the element on which a file may be dropped.
const benchID = "bench"

// sharedKey begins the key of the run of a lab that somebody shared; the text of the link decides it, so that a link opens
// none of the learner's own runs and takes the place of none.
const sharedKey = "lab:shared-"

// fileKey is where this device keeps the lab that was opened from a file too large for an address.
const fileKey = "file"

func keyOfLink(text string) string {
	return sharedKey + strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(text))), 16)
}

// placeNamed is what the address of the bench with a run's key names: "start=steady", "lab=hot-shard"; "" for a shared lab and a calculation's.
func placeNamed(key string) string {
	name, lab := strings.CutPrefix(key, "lab:")
	switch start, ok := strings.CutPrefix(name, "start-"); {
	case !lab || strings.HasPrefix(key, sharedKey):
		return ""
	case lab && ok:
		return "start=" + start
	}
	return "lab=" + name
}

// saveLab hands the lab with its log to the learner as a file.
func (b *Bench) saveLab() {
	b.engine.Send(protocol.Request{Kind: protocol.Share, Ref: protocol.AsFile}, func(r protocol.Reply) {
		b.ctx.Dispatch(func(app.Context) {
			if r.Error != nil || r.Shared == nil {
				b.update(model.Replied{Ask: model.Ask{Request: protocol.Request{Kind: protocol.Share}}, Reply: r})
				return
			}
			link.Download(r.Shared.Name+".shardlab.json", "application/json", []byte(r.Shared.Text))
		})
	})
}

// openFile opens a lab from a file. The engine reads it first: what is no lab changes nothing here.
func (b *Bench) openFile(f link.LabFile) {
	if f.Why != "" {
		b.update(model.LabBroken{Name: f.Name, Why: f.Why})
		return
	}
	if b.scripts() && model.IsScript(f.Text) {
		b.update(model.OpenScript{Name: f.Name, Text: f.Text})
		return
	}
	b.engine.Send(protocol.Request{Kind: protocol.Share, Ref: protocol.AsLink, Link: f.Text}, func(r protocol.Reply) {
		b.ctx.Dispatch(func(ctx app.Context) {
			switch {
			case r.Shared != nil:
				ctx.Navigate(b.home() + "#s=" + r.Shared.Text)
			case r.Error != nil && r.Error.Code == codeTooLong && b.Wire != nil && b.Wire.Device != nil:
				b.Wire.Device.KeepRun(fileKey, f.Text)
				ctx.Navigate(b.home() + "#file=" + strings.TrimPrefix(keyOfLink(f.Text), sharedKey))
			case r.Error != nil:
				b.update(model.LabBroken{Name: f.Name, Why: r.Error.Message + " " + r.Error.Hint})
			}
		})
	})
}

// sharing is the card on which the lab is handed on, nil when it is closed.
func (b *Bench) sharing() app.UI {
	if b.state.Sharing.Tab == "" {
		return nil
	}
	return &view.ShareCard{Out: b.out, Sharing: b.state.Sharing}
}

// home is the address at which a bench like this one opens other labs: a frame of another page stays what may be framed.
func (b *Bench) home() string {
	if b.Alone {
		return "/embed"
	}
	return "/lab"
}

// panels names the parts that the bench shows beside stage and time bar.
func (b *Bench) panels() string {
	if !b.Alone {
		return strings.Join(model.EmbedPanels, " ")
	}
	return strings.ReplaceAll(b.Set.Panels, ",", " ")
}

// codeTooLong is what the engine says of a lab that fits into no link.
const codeTooLong = "LimitExceededException"
