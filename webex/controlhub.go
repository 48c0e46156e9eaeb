package webex

// Pages of Control Hub that advice and errors name. Control Hub is Webex's site for
// administrators (https://admin.webex.com); it moves pages now and then, so they stand here
// alone. Blocking a single app needs Pro Pack in some organizations
// .
const (
	PageIntegrations = "Control Hub > Management > Apps > Integrations"
	PageServiceApps  = "Control Hub > Management > Apps > Service Apps"
	PageResetAccess  = "Control Hub > Management > Users > the user > Security > Reset access"
)
