package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/andybalholm/brotli"
)

// Levels of compression: quick ones while building, the best ones to ship.
const (
	quickBrotli, bestBrotli = 4, 11
	quickGzip, bestGzip     = 4, 9
	bestWindow              = 24 // as large as every browser takes
	keepUnused              = 14 * 24 * time.Hour
)

// A packer compresses, and remembers what it has compressed by the hash of the content.
type packer struct {
	cache string
	best  bool

	mu   sync.Mutex
	used map[string]bool
}

func newPacker(cache string, best bool) *packer {
	return &packer{cache: cache, best: best, used: map[string]bool{}}
}

// pack gives the brotli and the gzip form of body.
func (p *packer) pack(body []byte) (br, gz []byte, err error) {
	sum := sha256.Sum256(body)
	name := hex.EncodeToString(sum[:])
	br, err = p.form(name, "br", bestBrotli, quickBrotli, func(level int) ([]byte, error) {
		var b bytes.Buffer
		o := brotli.WriterOptions{Quality: level}
		if level == bestBrotli {
			o.LGWin = bestWindow
		}
		w := brotli.NewWriterOptions(&b, o)
		_, err := w.Write(body)
		err = errors.Join(err, w.Close())
		return b.Bytes(), err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("brotli: %w", err)
	}
	gz, err = p.form(name, "gz", bestGzip, quickGzip, func(level int) ([]byte, error) {
		var b bytes.Buffer
		w, err := gzip.NewWriterLevel(&b, level)
		if err != nil {
			return nil, err
		}
		_, err = w.Write(body)
		err = errors.Join(err, w.Close())
		return b.Bytes(), err
	})
	return br, gz, err
}

// form gives one form of a content: from the cache when it is there, the best one even when a quick one would do.
func (p *packer) form(name, ext string, best, quick int, make func(level int) ([]byte, error)) ([]byte, error) {
	at := func(level int) string { return fmt.Sprintf("%s.%d.%s", name, level, ext) }
	level := quick
	if p.best {
		level = best
	}
	for _, l := range []int{best, level} {
		if b, err := os.ReadFile(filepath.Join(p.cache, at(l))); err == nil {
			p.use(at(l))
			return b, nil
		}
	}
	b, err := make(level)
	if err != nil {
		return nil, err
	}
	p.use(at(level))
	return b, writeFile(filepath.Join(p.cache, at(level)), b)
}

func (p *packer) use(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used[name] = true
}

// prune takes out of the cache what was not used for a while.
func (p *packer) prune() error {
	entries, err := os.ReadDir(p.cache)
	if err != nil {
		return err
	}
	now := time.Now()
	for _, e := range entries {
		name := filepath.Join(p.cache, e.Name())
		info, err := e.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist): // another pack was quicker
		case err != nil:
			return err
		case p.used[e.Name()]:
			err = os.Chtimes(name, now, now)
		case now.Sub(info.ModTime()) > keepUnused:
			err = os.Remove(name)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
