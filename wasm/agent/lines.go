package agent

import (
	"fmt"
	"strconv"
	"time"

	"shardlab/wasm/sim"
)

// Formats of log files beside those of LOGTOJSON.
const (
	CSV  = "CSV"
	JSON = "JSON"
	App  = "APP" // of an application: a line each, and now and then an exception with its stack on lines of its own
)

// Formats lists the formats of log files.
func Formats() []string {
	return []string{CommonApacheLog, CombinedApacheLog, ApacheErrorLog, Syslog, RFC3339Syslog, CSV, JSON, App}
}

// lines makes the lines of a log file. Each holds its number, so that it can be found again.
type lines struct {
	format string
	dice   sim.Rand
	n      int64
}

// next is what the application writes at an instant: a line with its newline, or several.
func (l *lines) next(at sim.Instant) []byte {
	l.n++
	d, t := &l.dice, at.Time()
	b := make([]byte, 0, 192)
	one := func(of ...string) string { return of[d.IntN(len(of))] }
	ip := func() string { return fmt.Sprintf("10.%d.%d.%d", d.IntN(4), d.IntN(256), 1+d.IntN(254)) }
	trip := "/trips/" + strconv.FormatInt(l.n, 10)
	switch l.format {
	case CommonApacheLog, CombinedApacheLog:
		user := one("-", "-", "-", "alma", "jonas", "mira")
		method, status, bytes := one("GET", "GET", "GET", "POST"), one("200", "200", "200", "200", "304", "404", "500"), strconv.Itoa(120+d.IntN(6000))
		if status == "304" {
			bytes = "-"
		}
		b = fmt.Appendf(b, `%s - %s [%s] "%s %s HTTP/1.1" %s %s`, ip(), user, t.Format("02/Jan/2006:15:04:05 -0700"), method, trip, status, bytes)
		if l.format == CombinedApacheLog {
			b = fmt.Appendf(b, ` "%s" "%s"`, one("-", "https://bikes.example/", "https://bikes.example/map"), one("Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (iPhone)", "curl/8.5.0"))
		}
	case ApacheErrorLog:
		b = fmt.Appendf(b, "[%s] [%s:%s] [pid %d:tid %d] [client %s:%d] %s: %s", t.Format("Mon Jan 02 15:04:05.000000 2006"), one("core", "proxy", "authz_core"),
			one("error", "error", "warn"), 400+d.IntN(9), 1000+d.IntN(64), ip(), 40000+d.IntN(9000), one("File does not exist", "Timeout of the backend", "Client sent a bad request"), trip)
	case Syslog:
		b = fmt.Appendf(b, "%s dock-%d %s[%d]: %s", t.Format("Jan _2 15:04:05"), d.IntN(20), one("lockd", "sshd", "cron"), 300+d.IntN(700), l.message(trip))
	case RFC3339Syslog:
		b = fmt.Appendf(b, "%s dock-%d %s[%d]: %s", t.Format("2006-01-02T15:04:05.000Z07:00"), d.IntN(20), one("lockd", "sshd", "cron"), 300+d.IntN(700), l.message(trip))
	case CSV:
		b = fmt.Appendf(b, "%d,bike-%d,dock-%d,%s,%d", l.n, d.IntN(900), d.IntN(20), one("unlocked", "riding", "docked"), 5+d.IntN(95))
	case JSON:
		b = fmt.Appendf(b, `{"trip":%d,"at":"%s","bike":"bike-%d","event":"%s","battery":%d}`, l.n, t.Format("2006-01-02T15:04:05.000Z"), d.IntN(900), one("unlocked", "riding", "docked"), 5+d.IntN(95))
	case App:
		level := one("INFO", "INFO", "INFO", "INFO", "WARN", "ERROR")
		b = fmt.Appendf(b, "%s %-5s [worker-%d] %s", t.Format("2006-01-02 15:04:05.000"), level, d.IntN(8), l.message(trip))
		if level == "ERROR" {
			b = fmt.Appendf(b, "\njava.lang.IllegalStateException: dock does not answer\n    at bikes.Dock.lock(Dock.java:%d)\n    at bikes.Trip.end(Trip.java:%d)", 40+d.IntN(80), 100+d.IntN(80))
		}
	default:
		panic("agent: no log has the format " + l.format)
	}
	return append(b, '\n')
}

// message is what a program says of a trip.
func (l *lines) message(trip string) string {
	switch l.dice.IntN(4) {
	case 0:
		return trip + " begins"
	case 1:
		return trip + " ends after " + (time.Duration(60+l.dice.IntN(3000)) * time.Second).String()
	case 2:
		return trip + " is billed"
	}
	return trip + " reports its place"
}
