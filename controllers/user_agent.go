package controllers

import (
	"strings"

	"postroom/models"
)

// browserName names the program behind a User-Agent as a person would: "Firefox on Linux". What is not known is said so;
// a User-Agent is what a program chose to say, and proves nothing.
func browserName(userAgent string) models.Sentence {
	program, system := browserOf(userAgent)
	switch {
	case program != "" && system != "":
		return models.Say("%s on %s", program, system)
	case program != "" || system != "":
		return models.Sentence{Text: program + system} // a name is the same in every language
	}
	return models.Say("Unknown browser")
}

// browserPrograms are looked for in this order: most browsers also name the ones they want to be taken for.
var browserPrograms = []struct{ sign, name string }{
	{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"OPR/", "Opera"}, {"Opera", "Opera"}, {"YaBrowser/", "Yandex Browser"},
	{"SamsungBrowser/", "Samsung Internet"}, {"Vivaldi/", "Vivaldi"}, {"FxiOS/", "Firefox"}, {"Firefox/", "Firefox"}, {"CriOS/", "Chrome"},
	{"HeadlessChrome/", "Chrome"}, {"Chromium/", "Chromium"}, {"Chrome/", "Chrome"}, {"Version/", "Safari"}, {"Safari/", "Safari"},
	{"Trident/", "Internet Explorer"}, {"curl/", "curl"}, {"Wget/", "Wget"}, {"python-requests/", "Python"}, {"Python-urllib/", "Python"},
	{"Go-http-client/", "Go"}, {"okhttp/", "okhttp"}, {"PostmanRuntime/", "Postman"}, {"Lynx/", "Lynx"}, {"Links", "Links"}, {"w3m/", "w3m"},
}

var browserSystems = []struct{ sign, name string }{
	{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"iPod", "iPod"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"},
	{"Macintosh", "Mac"}, {"Mac OS X", "Mac"}, {"FreeBSD", "FreeBSD"}, {"OpenBSD", "OpenBSD"}, {"Linux", "Linux"}, {"X11", "Unix"},
}

func browserOf(userAgent string) (program, system string) {
	for _, each := range browserPrograms {
		if strings.Contains(userAgent, each.sign) {
			program = each.name
			break
		}
	}
	for _, each := range browserSystems {
		if strings.Contains(userAgent, each.sign) {
			system = each.name
			break
		}
	}
	return program, system
}
