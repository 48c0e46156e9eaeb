package webex

// Control Hub pages named in hints and errors, kept in one place because Webex moves them
// (https://admin.webex.com).
const (
	PageIntegrations = "Control Hub > Management > Apps > Integrations"
	PageAgenticApps  = "Control Hub > Apps > Agentic Apps"
	PageServiceApps  = "Control Hub > Management > Apps > Service Apps"
	PageResetAccess  = "Control Hub > Management > Users > the user > Security > Reset access"
	// NeedsProPack is added to advice to block a single app.
	NeedsProPack = "some organizations need Pro Pack for this"
)
