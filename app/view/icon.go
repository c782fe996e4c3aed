// Package view draws the page: small components with fields in and elements out. It has no clock, fetches nothing and
// decides nothing; what it shows comes from the model through app/page.
package view

import (
	"strings"
	"sync/atomic"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// sprite is the address of the icons. It is the one thing a view cannot be handed as a field, because every button has
// an icon; UseSprite sets it before the first page is drawn, and always to the same value within a build.
var sprite atomic.Pointer[string]

// UseSprite says where the sprite of icons is. An empty address is ignored.
func UseSprite(url string) {
	if url != "" {
		sprite.Store(&url)
	}
}

// Icon draws an icon of the sprite by its name in Lucide. It is decoration: the words stand beside it or in the label of
// its button.
func Icon(name string) app.UI {
	url := "/web/icons.svg"
	if p := sprite.Load(); p != nil {
		url = *p
	}
	return Raw("svg", "icon", `<use href="`+url+`#`+name+`"></use>`)
}

// Raw puts trusted HTML into one element of the given tag and class. go-app replaces it when, and only when, it changes.
func Raw(tag, class, html string) app.UI {
	var b strings.Builder
	b.WriteString("<" + tag)
	if class != "" {
		b.WriteString(` class="` + class + `"`)
	}
	if tag == "svg" {
		b.WriteString(` viewBox="0 0 24 24" aria-hidden="true" focusable="false"`)
	}
	b.WriteString(">" + html + "</" + tag + ">")
	return app.Raw(b.String())
}

// Attr makes a text safe as an attribute's value in the first HTML answer, which go-app writes unescaped.
func Attr(s string) string {
	return attr.Replace(s)
}

var attr = strings.NewReplacer(`"`, "”", "<", "‹", ">", "›", `\`, "∖", "\n", " ", "\u00a0", " ")
