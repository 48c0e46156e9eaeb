package webex

// Control Hub pages named in hints and errors, kept in one place because Webex moves them
// (https://admin.webex.com). Some organizations need Pro Pack to block a single app.
const (
	PageIntegrations = "Control Hub > Management > Apps > Integrations"
	PageServiceApps  = "Control Hub > Management > Apps > Service Apps"
	PageResetAccess  = "Control Hub > Management > Users > the user > Security > Reset access"
)
