package controllers

import (
	"testing"
	"time"

	"postroom/models"
	"postroom/templates"
	"postroom/templates/language"
)

func TestTheLineStepsFromDayToDayAndTodayStandsApart(t *testing.T) {
	start := time.Date(2026, 10, 30, 0, 0, 0, 0, time.UTC)
	var days []models.Day
	for i, n := range []int64{5, 5, 10, 0, 4} {
		days = append(days, models.Day{Date: start.AddDate(0, 0, i), SignUps: n})
	}
	languages, err := language.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := newChart(days, templates.When{Language: languages.English(), Zone: time.UTC})
	s := c.SignUps
	if s.Total != 24 || s.Most != 10 || !s.MostOn.Equal(days[2].Date) || s.Today != 4 || s.Top != 10 || s.Half != 5 {
		t.Errorf("the figures are %+v", s)
	}
	for what, pair := range map[string][2]string{
		"line":  {s.Line, "M0 50H2V0H3V100H4"},
		"area":  {s.Area, "M0 50H2V0H3V100H4V100H0Z"},
		"today": {s.Now, "M4 100V60H5"},
		"grid":  {c.Grid, "M0 0H5M0 50H5M2 0V100"},
		"month": {c.Months[0].At, "40.0%"},
		"posts": {c.Posts.Line, "M0 100H4"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, not %q", what, pair[0], pair[1])
		}
	}
	if len(c.Months) != 1 || c.Days[0] != (chartDay{"3 Nov 2026", "4", "0"}) {
		t.Errorf("months %v, first row %v", c.Months, c.Days[0])
	}
}

func TestAScaleIsRoundAndHasAWholeHalf(t *testing.T) {
	for most, want := range map[int64]int64{0: 2, 1: 2, 2: 2, 3: 4, 9: 10, 11: 12, 17: 20, 236: 240, 1260: 1400, 3001: 4000} {
		if got := scaleTop(most); got != want {
			t.Errorf("for %d: %d, not %d", most, got, want)
		}
	}
}

func TestABrowserIsNamedAsAPersonWould(t *testing.T) {
	for userAgent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0":                                                                     "Firefox on Linux",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1":    "Safari on iPhone",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0":              "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36":                      "Chrome on Mac",
		"Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36": "Samsung Internet on Android",
		"Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1":      "Chrome on iPad",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 YaBrowser/24.10.0.0 Safari/537.36":        "Yandex Browser on Windows",
		"curl/8.10.1": "curl",
		"":            "Unknown browser",
		"<script>":    "Unknown browser",
	} {
		if got := browserName(userAgent).String(); got != want {
			t.Errorf("%q is %q, not %q", userAgent, got, want)
		}
	}
}
