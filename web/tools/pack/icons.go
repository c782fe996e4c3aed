package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// icons are the icons of the sprite, by their names in Lucide. What app/ asks for as Icon("…") is added by itself and has to
// exist; so is every other string of its code that happens to be an icon's name, because names are handed around.
const icons = `
play pause skip-forward skip-back step-forward step-back rewind fast-forward circle-play circle-pause circle-stop square
rotate-ccw rotate-cw refresh-cw undo-2 redo-2 timer hourglass clock history gauge
search settings sun moon monitor check x circle circle-check circle-x circle-dot dot circle-question-mark circle-help
triangle-alert octagon-x info ban bug shield flag target trophy sparkles star bell bookmark
chevron-up chevron-down chevron-left chevron-right chevrons-left chevrons-right chevrons-up-down
arrow-up arrow-down arrow-left arrow-right arrow-up-right arrow-left-right arrow-right-left corner-down-left
copy terminal square-terminal code file-text keyboard list layers activity chart-line chart-no-axes-column table-2
git-branch git-merge split merge combine scissors ungroup shuffle workflow waypoints route funnel filter
book-open flask-conical graduation-cap lightbulb brain puzzle dices quote message-circle map pencil
eye eye-off maximize minimize maximize-2 minimize-2 zoom-in zoom-out scan-search crosshair mouse-pointer-click
panel-left panel-right panel-bottom columns-2 sliders-horizontal grip-vertical ellipsis ellipsis-vertical menu
house download upload save share-2 trash-2 plus minus link unlink external-link log-in log-out
user users database server hard-drive cloud cpu zap hash key lock lock-open inbox send radio wifi wifi-off
loader loader-circle camera dollar-sign receipt scale bike car
`

var (
	iconCall  = regexp.MustCompile(`\bIcon\("([a-z0-9-]+)"`)
	iconName  = regexp.MustCompile(`"([a-z][a-z0-9-]*)"`)
	svgBody   = regexp.MustCompile(`(?s)<svg[^>]*>(.*)</svg>`)
	betweenEl = regexp.MustCompile(`>\s+<`)
)

// sprite makes one SVG of symbols out of Lucide's files.
func sprite(from, app string) ([]byte, error) {
	names := strings.Fields(icons)
	err := filepath.WalkDir(app, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") {
			return err
		}
		text, err := os.ReadFile(name)
		for _, m := range iconCall.FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
		for _, m := range iconName.FindAllSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(from, string(m[1])+".svg")); err == nil {
				names = append(names, string(m[1]))
			}
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	slices.Sort(names)
	var b bytes.Buffer
	b.WriteString("<!-- Icons of Lucide, https://lucide.dev. ISC License, Copyright (c) Lucide Icons and Contributors; " +
		"those that come from Feather: MIT License, Copyright (c) Cole Bemis. -->\n" +
		`<svg xmlns="http://www.w3.org/2000/svg">` + "\n")
	for _, name := range slices.Compact(names) {
		text, err := os.ReadFile(filepath.Join(from, name+".svg"))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("icon %q is not in %s: look for its name on lucide.dev, or fetch the packages (npm ci in web/)", name, from)
		}
		if err != nil {
			return nil, err
		}
		m := svgBody.FindSubmatch(text)
		if m == nil {
			return nil, fmt.Errorf("icon %s is not an SVG", name)
		}
		body := betweenEl.ReplaceAll(bytes.TrimSpace(m[1]), []byte("><"))
		fmt.Fprintf(&b, `<symbol id="%s" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">%s</symbol>`+"\n", name, body)
	}
	b.WriteString("</svg>\n")
	return b.Bytes(), nil
}
