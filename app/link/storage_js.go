//go:build js

package link

import (
	"encoding/json"
	"errors"
	"syscall/js"

	"shardlab/app/model"
)

// The database on the device. Version 1: "events" holds {id, event (JSON), sent}, "runs" holds {key, log}.
const (
	dbName    = "shardlab"
	dbVersion = 1
)

// wait gives a request of IndexedDB its callbacks.
func wait(request js.Value, done func(result js.Value), failed func()) {
	a, b := once(func(js.Value) { done(request.Get("result")) }, func(js.Value) { failed() })
	request.Set("onsuccess", a)
	request.Set("onerror", b)
}

func (w *window) open(done func([]kept, error)) {
	none := func(why string) { done(nil, errors.New(why)) }
	var request js.Value
	if err := try(func() { request = w.win.Get("indexedDB").Call("open", dbName, dbVersion) }); err != nil || !request.Truthy() {
		Later(func() { none("this browser has no IndexedDB") })
		return
	}
	upgrade := js.FuncOf(func(js.Value, []js.Value) any {
		db := request.Get("result")
		db.Call("createObjectStore", "events", map[string]any{"keyPath": "id"})
		db.Call("createObjectStore", "runs", map[string]any{"keyPath": "key"})
		return nil
	})
	request.Set("onupgradeneeded", upgrade)
	wait(request, func(db js.Value) {
		upgrade.Release()
		w.db = db
		var all js.Value
		if err := try(func() { all = w.store("events", "readonly").Call("getAll") }); err != nil {
			none("the events on this device cannot be read")
			return
		}
		wait(all, func(rows js.Value) {
			events := make([]kept, 0, rows.Length())
			for i := range rows.Length() {
				row := rows.Index(i)
				var e model.Event
				if json.Unmarshal([]byte(word(row.Get("event"))), &e) == nil {
					events = append(events, kept{e, row.Get("sent").Truthy()})
				}
			}
			done(events, nil)
		}, func() { none("the events on this device cannot be read") })
	}, func() {
		upgrade.Release()
		none("IndexedDB does not open")
	})
}

func (w *window) store(name, mode string) js.Value {
	return w.db.Call("transaction", name, mode).Call("objectStore", name)
}

// put writes rows and does not wait: IndexedDB keeps the order, and what cannot be kept stays in memory.
func (w *window) put(store string, rows ...map[string]any) {
	if !w.db.Truthy() {
		return
	}
	_ = try(func() {
		s := w.store(store, "readwrite")
		for _, row := range rows {
			s.Call("put", row)
		}
	})
}

func (w *window) keep(events []kept) {
	rows := make([]map[string]any, 0, len(events))
	for _, e := range events {
		text, err := json.Marshal(e.Event)
		if err == nil {
			rows = append(rows, map[string]any{"id": e.ID, "event": string(text), "sent": e.Sent})
		}
	}
	w.put("events", rows...)
}

func (w *window) keepRun(key, log string) {
	w.put("runs", map[string]any{"key": key, "log": log})
}

func (w *window) run(key string, done func(string)) {
	if !w.db.Truthy() {
		Later(func() { done("") })
		return
	}
	var request js.Value
	if err := try(func() { request = w.store("runs", "readonly").Call("get", key) }); err != nil {
		Later(func() { done("") })
		return
	}
	wait(request, func(row js.Value) {
		if !row.Truthy() {
			done("")
			return
		}
		done(word(row.Get("log")))
	}, func() { done("") })
}

func (w *window) dropRun(key string) {
	if w.db.Truthy() {
		_ = try(func() { w.store("runs", "readwrite").Call("delete", key) })
	}
}
