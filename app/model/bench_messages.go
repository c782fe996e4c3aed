package model

import "shardlab/wasm/protocol"

// Messages of Bench.Update. Those of the engine's line:
type (
	// EngineLoading says how large the engine is that is on its way.
	EngineLoading struct{ Total int64 }
	// EngineStarted says that the engine runs and the lab is being opened.
	EngineStarted struct{}
	// EngineFailed says that there is no engine and that there will be none without help.
	EngineFailed struct{ Trouble Trouble }
	// EngineLost says that the engine ended; the page opens a new one from Panic.Log.
	EngineLost struct{ Panic protocol.Panic }
	// FrameCame brings a frame; Wall is the page's clock in milliseconds.
	FrameCame struct {
		Frame protocol.Frame
		Wall  float64
	}
	// Replied brings the reply to an Ask.
	Replied struct {
		Ask   Ask
		Reply protocol.Reply
	}
)

// Messages of the views:
type (
	// PressPlay plays or pauses.
	PressPlay struct{}
	// PressStep runs to the next event worth a word.
	PressStep struct{}
	// PressBack goes back to the event before.
	PressBack struct{}
	// PressStop ends a long run where it is.
	PressStop struct{}
	// PickSpeed sets the virtual seconds per second.
	PickSpeed struct{ Speed float64 }
	// PressFork lets the lab go on in two timelines from here.
	PressFork struct{}
	// ChooseTimeline shows one of them; what the learner does happens there.
	ChooseTimeline struct{ Name string }
	// KeepTimeline goes on with one of them alone.
	KeepTimeline struct{ Name string }
	// PickUntil runs until something happens, or goes to an instant, as words say it.
	PickUntil struct{ Words string }
	// GoTo goes to an instant.
	GoTo struct{ At int64 }
	// RunLine runs a console entry.
	RunLine struct{ Line string }
	// AskCompletion asks for the completions of Line at Pos, both in bytes.
	AskCompletion struct {
		Line string
		Pos  int
	}
	// MoveChoice moves in the completion menu by By places.
	MoveChoice struct{ By int }
	// DropOffer closes the completion menu.
	DropOffer struct{}
	// ClearConsole empties the transcript.
	ClearConsole struct{}
	// Look opens the inspector on Ref.
	Look struct{ Ref string }
	// ShowFrom shows the listing of the open sheet from another place on.
	ShowFrom struct{ Place int }
	// SaveObject hands an object to the learner as a file.
	SaveObject struct{ Ref string }
	// Downloading says how far that is.
	Downloading struct{ Download Download }
	// LookBack goes back to the sheet before.
	LookBack struct{}
	// Press presses a button that equals a command of the engine.
	Press struct {
		Service, Op string
		Body        any
	}
	// OpenForm opens a form on the stage.
	OpenForm struct{ Form Form }
	// CloseForm closes it.
	CloseForm struct{}
	// FormTyped says what the open form would do as it is filled in.
	FormTyped struct{ Steps []Step }
	// SendForm does what the open form is for.
	SendForm struct{ Steps []Step }
	// KeepForm keeps the form open because its fields say what cannot be sent; what was refused before is forgotten.
	KeepForm struct{}
	// Toggle opens the menu named, or closes it when it is open; the empty name closes any.
	Toggle struct{ Menu string }
	// ShowTab shows a tab of the dock or of the one column.
	ShowTab struct{ Tab string }
	// FoldDock folds the dock away, or brings it back.
	FoldDock struct{}
	// ShowStream puts a stream on the stage.
	ShowStream struct{ Name string }
	// ZoomBy comes nearer to the stage by steps, or goes farther; 0 shows it as it was.
	ZoomBy struct{ Steps int }
	// ZoomTo looks at the stage from so near.
	ZoomTo struct{ Zoom float64 }
	// ShowView changes what the stage shows: one of Views.
	ShowView struct{ View string }
	// TypeKey says whose place on the hash ring is looked for; Explicit when it is a hash key and no partition key.
	TypeKey struct {
		Key      string
		Explicit bool
	}
	// PointAt tells of a shard of a heat bar; "" of none.
	PointAt struct{ Shard string }
	// FilterEvents narrows the event list.
	FilterEvents struct{ To string }
	// ShowTable shows charts as tables, or as pictures.
	ShowTable struct{ On bool }
	// DropNotice dismisses Notice and the last Deed.
	DropNotice struct{}
	// RecallTyped brings the console lines remembered on this device.
	RecallTyped struct{ Lines []string }
)

// Say sets the words of the live region.
type Say struct{ Words string }
