package action

import tea "charm.land/bubbletea/v2"

func named(name, help string, keys ...string) *Key { return &Key{Name: name, Keys: keys, Help: help} }

// asks returns a key that opens a question.
func asks(name, help string, keys ...string) *Key {
	return &Key{Name: name, Keys: keys, Help: help, Asks: true}
}

func fixed(help string, keys ...string) *Key { return &Key{Keys: keys, Help: help} }

// Keys that several views share, and the keys that open views.
var (
	Up       = named("up", "up", "up", "k")
	Down     = named("down", "down", "down", "j")
	PageUp   = named("page-up", "page up", "pgup")
	PageDown = named("page-down", "page down", "pgdown")
	HalfUp   = named("half-up", "half a page up", "ctrl+u")
	HalfDown = named("half-down", "half a page down", "ctrl+d")
	Top      = named("top", "first row", "g", "home")
	Bottom   = named("bottom", "last row", "G", "end")
	Fold     = named("fold", "collapse the app", "left")
	Unfold   = named("unfold", "expand the app", "right")

	Details = named("details", "details", "enter")
	Info    = named("info", "all details of the row (in Inventory)", "d")
	Mark    = named("mark", "mark, and go to the next row", "space")
	MarkAll = named("mark-all", "mark all shown", "*")
	Filter  = named("filter", "filter by words", "/")
	Sort    = named("sort", "sort by the next column", "s")
	Flagged = named("flagged", "filter by the next count above", "f")
	Reverse = named("reverse", "reverse the order", "I")
	User    = named("user", "another user", "u")
	Reload  = named("read", "reload", "r")
	Browse  = named("open", "open the user or the app in Control Hub", "o")
	Who     = named("who", "who else has this app", "w")
	Watch   = named("watch", "watch this user: check for new tokens every minute", "W")

	Revoke      = asks("revoke", "revoke the marked rows, or this row", "x")
	Offboard    = asks("offboard", "offboard: revoke all tokens of this user", "X")
	CopyID      = named("copy-id", "copy the token's id", "y")
	CopyJSON    = named("copy-json", "copy the row as JSON", "Y")
	CopyTicket  = named("copy", "copy the report for a ticket", "c")
	CopyNotice  = named("copy-notice", "copy a short text for the user, without ids", "N")
	CopyReport  = named("copy-report", "copy the last report", "C")
	CopyCommand = fixed("copy the command that revokes", "ctrl+y")
	Export      = asks("export", "export the marked rows, or all that are shown, as CSV or JSON", "e")

	Authorizations = named("authorizations", "one user's authorizations", "1")
	Tokens         = named("tokens", "saved logins and their tokens", "2")
	Inventory      = named("inventory", "who uses which app, in the whole organization", "3")
	Audit          = named("audit", "audit log of revokes", "4")
	Activity       = named("activity", "the audit log and Webex's record on one timeline", "5")
	NextView       = named("next-view", "next view", "tab")
	Palette        = named("palette", "all actions by name", ":")

	Login      = asks("login", "log in", "l")
	Fresh      = named("fresh", "get a fresh access token (in Tokens)", "f")
	Test       = named("test", "test the token; renews an expired one (in Tokens)", "t")
	CopyToken  = asks("copy-token", "copy the token, after a confirmation (in Tokens)", "c")
	AddOrg     = named("add-org", "add an organization (in Tokens)", "n")
	Forget     = asks("forget", "forget the login or the organization (in Tokens)", "d")
	UseProfile = asks("use-profile", "use another profile (in Tokens)", "p")

	NextList   = named("next-list", "next list: apps, stale, changes (in Inventory)", "v")
	Sweep      = asks("sweep", "sweep the organization (in Inventory)", "S")
	PauseSweep = named("pause-sweep", "pause or resume the sweep (in Inventory)", "P")

	CheckLog = named("check-log", "check that the log is unchanged (in Audit)", "t")
	ShowUser = named("show-user", "show the user of this row (in Activity)", "p")

	Back      = fixed("close, clear filter, clear marks, back", "esc")
	Help      = named("help", "help", "?")
	Quit      = asks("quit", "back, quit", "q")
	ForceQuit = fixed("quit", "ctrl+c")
	Suspend   = fixed("suspend: back to the shell until fg", "ctrl+z")
)

// Keys of questions, inputs and login steps. The screen shows what each key does there. y, n,
// esc and enter mean the same everywhere.
var (
	Yes      = fixed("yes", "y")
	No       = fixed("no", "n")
	Next     = fixed("next button", "tab", "right")
	Previous = fixed("previous button", "shift+tab", "left")
	Press    = fixed("press the focused button", "enter")
	Tick     = fixed("tick the box", "space")
	Copy     = fixed("copy as a command", "c")
	Instead  = fixed("revoke the refresh tokens instead", "r")

	Browser   = fixed("in the browser", "b")
	Code      = fixed("with a code, on any device", "d")
	Paste     = fixed("paste a token", "p")
	Scopes    = fixed("choose scopes", "s")
	Square    = fixed("QR code only", "v")
	OpenAgain = fixed("open the address again", "o")
	Alone     = fixed("address only", "z")
)

// Keys of the first-run screen, where each choice has a number, and of lists below an input.
var (
	FirstChoice  = fixed("demo", "1")
	SecondChoice = fixed("paste a token", "2")
	ThirdChoice  = fixed("log in", "3")
	RowAbove     = fixed("row above", "up")
	RowBelow     = fixed("row below", "down")
	NextField    = fixed("next field", "tab")
	FieldBefore  = fixed("previous field", "shift+tab")
	DeleteChar   = fixed("delete a character", "backspace")
	DeleteAll    = fixed("delete all", "ctrl+u")
	AsCSV        = fixed("as CSV", "c")
	AsJSON       = fixed("as JSON", "j")
	InFile       = fixed("in a file", "f")
	InMemory     = fixed("in memory", "m")
)

// far is larger than the number of rows of any list.
const far = 1 << 30

// Moves returns the actions that move the cursor of a list with height visible rows.
func Moves(height int, move func(by int)) []Action {
	to := func(k *Key, by int) Action {
		return Action{Key: k, Group: "MOVE", Run: func() tea.Cmd { move(by); return nil }}
	}
	return []Action{
		to(Up, -1), to(Down, 1), to(PageUp, -max(height, 1)), to(PageDown, max(height, 1)),
		to(HalfUp, -max(height/2, 1)), to(HalfDown, max(height/2, 1)), to(Top, -far), to(Bottom, far),
	}
}
