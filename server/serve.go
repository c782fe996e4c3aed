package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"shardlab/lessons"
	"shardlab/lessons/play"
	"shardlab/server/api"
	"shardlab/server/reply"
	"shardlab/server/site"
	"shardlab/server/store"
	"shardlab/web"
)

// Bounds in time on a connection, and on how long a server that was told to stop waits for answers under way.
const (
	headerTime = 10 * time.Second
	readTime   = 30 * time.Second
	writeTime  = 5 * time.Minute // a slow line fetches a large asset
	idleTime   = 2 * time.Minute
	finishTime = 10 * time.Second
	headerSize = 32 << 10
)

// serve opens the store, brings the course into it, and answers until ctx is done. What was answered is kept before it
// returns.
func serve(ctx context.Context, c config, assets fs.FS, log *slog.Logger, out io.Writer) (err error) {
	// The port first: whoever starts a second server hears of that, and not of a busy database.
	listener, err := listen("addr", c.addr, "127.0.0.1:8080")
	if err != nil {
		return err
	}
	defer listener.Close() // harmless when the server has closed it
	aws, err := newAWS(c.aws, log)
	if err != nil {
		return err
	}
	ended := make(chan error, 2)
	if aws != nil { // at once: its clients need no course
		defer aws.listener.Close()
		defer aws.endpoint.Close()
		go func() { ended <- aws.serve() }()
	}
	s, err := store.Open(ctx, c.db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := seed(ctx, s, engineOf(assets), log); err != nil {
		return err
	}
	handler, err := newHandler(c, s, assets, log)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerSize,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	go func() { ended <- server.Serve(listener) }()
	fmt.Fprintf(out, "Shardlab is at %s\n", address(listener.Addr()))
	if aws != nil {
		aws.say(out)
	}
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping", "why", context.Cause(ctx))
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	if aws != nil {
		err = aws.shutdown(finish)
	}
	if bad := server.Shutdown(finish); bad != nil {
		server.Close()
		err = errors.Join(err, fmt.Errorf("stop: requests were still under way after %v: %w", finishTime, bad))
	}
	return err
}

// newHandler puts the parts together.
func newHandler(c config, s *store.Store, assets fs.FS, log *slog.Logger) (http.Handler, error) {
	templates, err := lessons.TemplatesJSON()
	if err != nil {
		return nil, err
	}
	pages, err := site.New(site.Config{Store: s, Files: assets, Log: log, Templates: templates})
	if err != nil {
		return nil, err
	}
	data := api.New(api.Config{Store: s, Log: log, Templates: templates})
	mux := http.NewServeMux()
	mux.Handle("/api/", data)
	mux.Handle("/healthz", data)
	mux.Handle("/", pages)
	h := reply.Logged(log, reply.Secure(mux))
	if c.behindProxy {
		h = reply.BehindProxy(h)
	}
	return h, nil
}

// engineOf names the engine and the console among the assets, "" when they are not there. They are built from what this program
// plays labs with: the same names are the same figures.
func engineOf(assets fs.FS) string {
	m, err := web.ReadManifest(assets)
	if err != nil || m.URL("engine.wasm") == "" {
		return ""
	}
	return m.URL("engine.wasm") + " " + m.URL("console.wasm")
}

// seed makes the course inside this program the one that is served. Building it plays every lab, which takes seconds: a
// program that has built it for this database before does not do so again, and one with the same engine plays only labs that
// have changed.
func seed(ctx context.Context, s *store.Store, engine string, log *slog.Logger) error {
	begun := time.Now()
	program, err := programHash()
	if err != nil {
		log.Warn("the course is built again: this program cannot read itself", "error", err)
	} else if built, err := s.BuiltBy(ctx, program); err != nil {
		return err
	} else if built {
		log.Info("course is ready", "built", "before", "ms", time.Since(begun).Milliseconds())
		return nil
	}
	known, err := s.Figures(ctx)
	if err != nil {
		return err
	}
	course, all, err := play.Build(lessons.Files, engine, known)
	if err != nil {
		return fmt.Errorf("build the course: %w", err)
	}
	changed, err := s.Seed(ctx, course, all, time.Now())
	if err != nil {
		return err
	}
	if err := s.SetFigures(ctx, known); err != nil {
		return err
	}
	debug.FreeOSMemory() // playing takes a hundred times what serving does
	if program != "" {
		if err := s.SetBuilder(ctx, program); err != nil {
			return err
		}
	}
	log.Info("course is ready", "lessons", len(all), "changed", changed, "ms", time.Since(begun).Milliseconds())
	return nil
}

// programHash names this very program: the course and the engine that plays it are inside.
func programHash() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// listen takes the address that a flag gave, and says what to do when it cannot.
func listen(name, addr, usual string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, &takenError{fmt.Sprintf("%s is taken by another program: stop that one, or choose another port, as in -%s %s", addr, name, next(usual))}
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s may not be used by this user: choose a port above 1023, as in -%s %s", addr, name, usual)
	case err != nil:
		return nil, fmt.Errorf("listen on %q: %w; write host:port, as in -%s %s", addr, err, name, usual)
	}
	return l, nil
}

// A takenError says that an address is in use.
type takenError struct{ text string }

func (e *takenError) Error() string { return e.text }
func (e *takenError) Unwrap() error { return syscall.EADDRINUSE }

// next is the address with the next port.
func next(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	n, _ := strconv.Atoi(port)
	return net.JoinHostPort(host, strconv.Itoa(n+1))
}

// address is where a person on this machine finds the server.
func address(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
