package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// credit stands in front of the bundle: the packages it holds ask to be named.
const credit = "/* With CodeMirror and Lezer, MIT licence, (C) by Marijn Haverbeke and others, https://codemirror.net */"

// bundle makes one script of web/editor/editor.js and the npm packages that it imports.
func bundle(web string) ([]byte, error) {
	entry, err := filepath.Abs(filepath.Join(web, "editor", "editor.js"))
	if err != nil {
		return nil, err
	}
	made := api.Build(api.BuildOptions{
		EntryPoints: []string{entry}, Bundle: true, Format: api.FormatIIFE, Platform: api.PlatformBrowser, Target: api.ES2022,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, LegalComments: api.LegalCommentsEndOfFile,
		Banner: map[string]string{"js": credit}, Outfile: "editor.js",
	})
	if len(made.Errors) > 0 {
		told := api.FormatMessages(made.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage})
		return nil, errors.New(strings.TrimSpace(strings.Join(told, "\n")))
	}
	if len(made.OutputFiles) != 1 {
		return nil, fmt.Errorf("the bundle has %d files, want 1", len(made.OutputFiles))
	}
	return made.OutputFiles[0].Contents, nil
}
