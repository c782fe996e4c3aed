package lessons

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"shardlab/lessons/block"
)

// A Template is a lab that the sandbox can begin with: a pipeline without a task. It is a file templates/<slug>.yaml, whose world is
// written as a lesson's.
type Template struct {
	Title string   `yaml:"title"`
	Group string   `yaml:"group"` // one of Groups
	Blurb string   `yaml:"blurb"` // its story, in two sentences
	Look  []string `yaml:"look"`  // what to look at, a sentence or two each

	Start   string `yaml:"start"`
	Seed    int64  `yaml:"seed"`
	Profile string `yaml:"profile"`
	Open    string `yaml:"open"`
	World   []Step `yaml:"world"`

	Slug string `yaml:"-"`
	Lab  *Lab   `yaml:"-"` // named as the file
}

// Groups are those of templates, in the order of the picker.
var Groups = []string{"Begin", "Pipelines", "Readers", "Delivery", "Capacity", "Analytics"}

// FirstTemplate and EmptyTemplate are the lab that the sandbox opens with, and the one that the picker shows first.
const (
	FirstTemplate = "steady"
	EmptyTemplate = "empty"
)

// Templates reads the templates of fsys from its folder templates/, in the order of the picker. It goes on after an error, as Load
// does.
func Templates(fsys fs.FS) ([]*Template, error) {
	r := reader{fsys: fsys, slugs: map[string]string{}}
	files, err := fs.Glob(fsys, "templates/*.yaml")
	if err != nil {
		return nil, err
	}
	var all []*Template
	for _, file := range files {
		if t := r.template(file); t != nil {
			all = append(all, t)
		}
	}
	for _, slug := range []string{EmptyTemplate, FirstTemplate} {
		if !slices.ContainsFunc(all, func(t *Template) bool { return t.Slug == slug }) && len(r.errs) == 0 {
			r.fail(Errorf("templates/"+slug+".yaml", 0, "this file is missing: the sandbox begins with it"))
		}
	}
	slices.SortStableFunc(all, func(a, b *Template) int {
		rank := func(t *Template) int {
			switch t.Slug {
			case EmptyTemplate:
				return -2
			case FirstTemplate:
				return -1
			}
			return slices.Index(Groups, t.Group)
		}
		return cmp.Compare(rank(a), rank(b))
	})
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	return all, nil
}

func (r *reader) template(file string) *Template {
	b, ok := r.read(file)
	if !ok {
		return nil
	}
	t := &Template{Slug: strings.TrimSuffix(strings.TrimPrefix(file, "templates/"), ".yaml")}
	if !r.decode(file, 1, b, t) {
		return nil
	}
	before := len(r.errs)
	t.Lab = &Lab{Name: t.Slug, Start: t.Start, Seed: t.Seed, Profile: t.Profile, Open: t.Open, World: append([]Step{}, t.World...), Goals: []Goal{}, File: file, lines: lines(b)}
	bad := func(path, form string, args ...any) { r.fail(Errorf(file, t.Lab.Line(path), form, args...)) }
	if !figureName.MatchString(t.Slug) {
		r.fail(Errorf(file, 0, "a template's file is named by its slug: lower-case words joined by -, as in clickstream.yaml"))
	}
	r.need(file, 1, "title", t.Title, "the template's name in the picker")
	r.need(file, 1, "blurb", t.Blurb, "its story in two sentences")
	if !slices.Contains(Groups, t.Group) {
		bad("group", "`group` is one of %s; it is %q", strings.Join(Groups, ", "), t.Group)
	}
	if n := strings.Count(t.Blurb+" ", ". "); n != 2 && t.Blurb != "" {
		bad("blurb", "`blurb` is the template's story in two sentences; it has %d", n)
	}
	if len(t.Look) == 0 || len(t.Look) > 4 {
		bad("look", "`look` lists one to four things to look at; it has %d", len(t.Look))
	}
	t.Lab.world(bad)
	if len(r.errs) > before {
		return nil
	}
	return t
}

// Block is the template as the page gets it.
func (t *Template) Block() block.Template {
	return block.Template{Slug: t.Slug, Title: t.Title, Group: t.Group, Blurb: t.Blurb, Look: t.Look, Lab: t.Lab.JSON()}
}

// TemplatesJSON are the templates of this program as the page gets them, a list of block.Template.
func TemplatesJSON() (json.RawMessage, error) {
	all, err := Templates(Files)
	if err != nil {
		return nil, fmt.Errorf("templates of the sandbox: %w", err)
	}
	out := make([]block.Template, len(all))
	for i, t := range all {
		out[i] = t.Block()
	}
	return json.Marshal(out)
}
