// Command shardlab is the whole lab in one program: it serves the pages and their assets, keeps lessons and progress in
// one SQLite file, answers the page's API, and speaks AWS's protocol to AWS clients.
//
// This file reads the command line; serve.go runs the server, endpoint.go the AWS endpoint. Only main may exit.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"

	"shardlab/lessons"
	"shardlab/lessons/lint"
	"shardlab/server/store"
	"shardlab/web"
)

func main() {
	os.Exit(run(os.Args[1:], os.LookupEnv, web.Files(), os.Stdout, os.Stderr))
}

const usage = `Shardlab: learn Amazon Kinesis by running it.

  shardlab [serve] [flags]          serve the lab
  shardlab endpoint [flags]         serve the AWS endpoint alone: no pages, no database
  shardlab backup [flags] <file>    write a whole copy of the database to a new file; the server may run meanwhile
  shardlab check-lessons [folder]   check the course against the laws of content, playing every lab; the folder is a
                                    repository's lessons/, else the course inside this program is checked
  shardlab version                  say which build this is

Every flag may be given as a variable instead: -addr as SHARDLAB_ADDR, -behind-proxy as SHARDLAB_BEHIND_PROXY. A flag
wins over a variable.

`

// A usageError is a command line that cannot be understood.
type usageError struct{ error }

// run is the program: it gives the exit code.
func run(args []string, env func(string) (string, bool), assets fs.FS, out, errOut io.Writer) int {
	command := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command, args = args[0], args[1:]
	}
	var err error
	switch command {
	case "serve":
		err = runServe(args, env, assets, out, errOut)
	case "endpoint":
		err = runEndpoint(args, env, out, errOut)
	case "backup":
		err = runBackup(args, env, out, errOut)
	case "check-lessons":
		err = runCheck(args, out)
	case "version":
		fmt.Fprintln(out, version(assets))
	case "help":
		fmt.Fprint(out, usage)
		flagsOf(&config{}, env).printTo(out)
	default:
		err = usageError{fmt.Errorf("there is no command %q; there are serve, endpoint, backup, check-lessons, version and help", command)}
	}
	var bad usageError
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &bad):
		fmt.Fprintf(errOut, "shardlab: %v\n", err)
		return 2
	}
	fmt.Fprintf(errOut, "shardlab: %v\n", err)
	return 1
}

// A config is what can be set from outside.
type config struct {
	addr        string
	db          string
	logAs       string
	behindProxy bool
	aws         awsConfig
}

// flags are a config's flags.
type flags struct {
	*flag.FlagSet
	env func(string) (string, bool)
}

func newFlags(env func(string) (string, bool)) flags {
	f := flags{flag.NewFlagSet("shardlab", flag.ContinueOnError), env}
	f.SetOutput(io.Discard)
	return f
}

func logFlag(f *flag.FlagSet, as *string) {
	f.StringVar(as, "log", "text", "how the log is written: `text or json`")
}

func flagsOf(c *config, env func(string) (string, bool)) flags {
	f := newFlags(env)
	f.StringVar(&c.addr, "addr", "127.0.0.1:8080", "`host:port` to listen on; port 0 picks a free one")
	f.StringVar(&c.db, "db", "shardlab.db", "database `file`; it is made when it is missing")
	logFlag(f.FlagSet, &c.logAs)
	f.BoolVar(&c.behindProxy, "behind-proxy", false, "believe X-Forwarded-For and X-Forwarded-Proto of the one proxy before this server")
	c.aws.flags(f.FlagSet)
	return f
}

// printTo lists the flags.
func (f flags) printTo(out io.Writer) {
	f.SetOutput(out)
	f.PrintDefaults()
	f.SetOutput(io.Discard)
}

// parse reads the variables, then the command line.
func (f flags) parse(args []string, out io.Writer) error {
	var bad error
	f.VisitAll(func(one *flag.Flag) {
		name := "SHARDLAB_" + strings.ToUpper(strings.ReplaceAll(one.Name, "-", "_"))
		if value, ok := f.env(name); ok && (value != "" || one.Name == "aws-addr") {
			if err := one.Value.Set(value); err != nil {
				bad = errors.Join(bad, usageError{fmt.Errorf("%s=%s: %w", name, strconv.Quote(value), err)})
			}
		}
	})
	if bad != nil {
		return bad
	}
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, usage)
		f.printTo(out)
		return err
	}
	if err != nil {
		return usageError{fmt.Errorf("%w; shardlab -help lists the flags", err)}
	}
	return nil
}

func runServe(args []string, env func(string) (string, bool), assets fs.FS, out, errOut io.Writer) error {
	var c config
	f := flagsOf(&c, env)
	if err := f.parse(args, out); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return usageError{fmt.Errorf("%q is not understood; shardlab -help lists the flags", f.Arg(0))}
	}
	c.aws.asked = c.aws.addr != awsAddr
	log, err := newLog(c.logAs, errOut)
	if err != nil {
		return err
	}
	// The first signal asks the server to finish; after that a second one ends it at once.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	context.AfterFunc(ctx, stop)
	return serve(ctx, c, assets, log, out)
}

func newLog(as string, to io.Writer) (*slog.Logger, error) {
	switch as {
	case "text":
		return slog.New(slog.NewTextHandler(to, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(to, nil)), nil
	}
	return nil, usageError{fmt.Errorf("-log %q: write text or json", as)}
}

func runBackup(args []string, env func(string) (string, bool), out, errOut io.Writer) error {
	var c config
	f := flagsOf(&c, env)
	if err := f.parse(args, out); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return usageError{errors.New("name the new file: shardlab backup -db shardlab.db copy.db")}
	}
	if _, err := os.Stat(c.db); err != nil {
		return fmt.Errorf("back up %s: %w; name the database with -db", c.db, err)
	}
	s, err := store.Open(context.Background(), c.db)
	if err != nil {
		return err
	}
	if err := errors.Join(s.Backup(context.Background(), f.Arg(0)), s.Close()); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is a copy of %s\n", f.Arg(0), c.db)
	return nil
}

func runCheck(args []string, out io.Writer) error {
	var course fs.FS = lessons.Files
	name := "the course of this program"
	switch len(args) {
	case 0:
	case 1:
		name, course = args[0], os.DirFS(args[0])
		if _, err := fs.Stat(course, "course"); err != nil {
			return usageError{fmt.Errorf("%s has no folder course: name a repository's lessons/", name)}
		}
	default:
		return usageError{errors.New("name one folder, or none")}
	}
	if err := lint.Course(course); err != nil {
		return fmt.Errorf("%s breaks the laws of content:\n%w", name, err)
	}
	if err := lint.Templates(course); err != nil {
		return fmt.Errorf("%s breaks the laws of content:\n%w", name, err)
	}
	fmt.Fprintf(out, "%s holds every law of content\n", name)
	return nil
}

// version says which build this is.
func version(assets fs.FS) string {
	revision, when, toolchain := "unknown revision", "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		toolchain = info.GoVersion
		changed := false
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				revision = s.Value[:min(12, len(s.Value))]
			case "vcs.time":
				when = " of " + s.Value
			case "vcs.modified":
				changed = s.Value == "true"
			}
		}
		if changed {
			revision += " with changes"
		}
	}
	page := "without the page's assets"
	if m, err := web.ReadManifest(assets); err == nil {
		page = "assets " + m.Version
	}
	return fmt.Sprintf("shardlab %s%s, %s, %s", revision, when, page, toolchain)
}
