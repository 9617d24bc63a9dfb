package language

import (
	"math"
	"testing"
	"time"
)

func TestDatesFollowTheLanguageAndTheZone(t *testing.T) {
	english, russian := both(t)
	moscow, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2025, 11, 20, 22, 5, 0, 0, time.UTC) // the 21st in Moscow
	is(t, english.Date(at, nil), "20 Nov 2025")
	is(t, english.Date(at, moscow), "21 Nov 2025")
	is(t, russian.Date(at, moscow), "21 нояб. 2025")
	is(t, english.LongDate(at, moscow), "21 November 2025")
	is(t, russian.LongDate(at, moscow), "21 ноября 2025")
	is(t, english.DayMonth(at, moscow), "Friday 21 November")
	is(t, russian.DayMonth(at, moscow), "пятница, 21 ноября")
	is(t, english.Weekday(at, nil), "Thursday")
	is(t, russian.Weekday(at, moscow), "пятница")
	is(t, english.DateTime(at, moscow), "21 Nov 2025, 01:05")
	is(t, russian.DateTime(at, moscow), "21 нояб. 2025, 01:05")
	is(t, english.Clock(at, moscow), "01:05")
	is(t, english.Month(at), "Nov")
	is(t, russian.Month(time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC)), "май")
	is(t, russian.LongDate(time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC), nil), "1 мая 2025")
	is(t, russian.T("%s", at), "20 нояб. 2025, 22:05")
}

func TestAListSaysTodayAndYesterdayByTheReadersClock(t *testing.T) {
	english, russian := both(t)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2025, 10, 26, 22, 30, 0, 0, time.UTC) // 23:30 in Berlin, a day of 25 hours
	is(t, english.Moment(now.Add(-15*time.Hour), now, berlin), "today, 08:30")
	is(t, english.Moment(now.Add(-24*time.Hour-30*time.Minute), now, berlin), "today, 00:00")
	is(t, english.Moment(now.Add(-24*time.Hour-31*time.Minute), now, berlin), "yesterday, 23:59")
	is(t, russian.Moment(now.Add(-30*time.Hour), now, berlin), "вчера, 18:30")
	is(t, english.Moment(now.Add(time.Hour), now, berlin), "tomorrow, 00:30")
	is(t, english.Moment(now.Add(-72*time.Hour), now, berlin), "24 Oct 2025")
	is(t, english.Moment(now.Add(72*time.Hour), now, nil), "29 Oct 2025")
	is(t, english.Moment(now.AddDate(-1, 0, 0), now, nil), "26 Oct 2024")
}

func TestTheZeroTimeIsNever(t *testing.T) {
	english, russian := both(t)
	var zero time.Time
	is(t, english.Date(zero, nil), "never")
	is(t, english.Moment(zero, time.Now(), nil), "never")
	is(t, english.Weekday(zero, nil), "never")
	is(t, russian.Ago(zero, time.Now()), "никогда")
}

func TestHowLongAgo(t *testing.T) {
	english, russian := both(t)
	now := time.Date(2025, 11, 21, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for d, want := range map[time.Duration][2]string{
		59 * time.Second:      {"just now", "только что"},
		-30 * time.Second:     {"just now", "только что"},
		time.Minute:           {"1 minute ago", "1 минуту назад"},
		2 * time.Minute:       {"2 minutes ago", "2 минуты назад"},
		59*time.Minute + 59e9: {"59 minutes ago", "59 минут назад"},
		time.Hour:             {"1 hour ago", "1 час назад"},
		23 * time.Hour:        {"23 hours ago", "23 часа назад"},
		day:                   {"1 day ago", "1 день назад"},
		29 * day:              {"29 days ago", "29 дней назад"},
		30 * day:              {"1 month ago", "1 месяц назад"},
		364 * day:             {"11 months ago", "11 месяцев назад"},
		365 * day:             {"1 year ago", "1 год назад"},
		6 * 365 * day:         {"6 years ago", "6 лет назад"},
		-5 * time.Minute:      {"in 5 minutes", "через 5 минут"},
		-3 * time.Hour:        {"in 3 hours", "через 3 часа"},
		-21 * day:             {"in 21 days", "через 21 день"},
		-70 * day:             {"in 2 months", "через 2 месяца"},
		-2 * 365 * day:        {"in 2 years", "через 2 года"},
	} {
		is(t, english.Ago(now.Add(-d), now), want[0])
		is(t, russian.Ago(now.Add(-d), now), want[1])
	}
}

func TestNumbersFollowTheLanguage(t *testing.T) {
	english, russian := both(t)
	is(t, english.Number(100412), "100,412")
	is(t, russian.Number(100412), "100\u00a0412")
	is(t, english.Count(999)+" "+english.Count(-1000), "999 −1,000")
	is(t, english.Decimal(1234.56, 1), "1,234.6")
	is(t, russian.Decimal(-0.5, 1), "−0,5")
	is(t, english.Decimal(-0.01, 1)+" "+english.Decimal(2.5e9, 0), "0.0 2,500,000,000")
	is(t, english.Decimal(math.NaN(), 1), "–")
}

func TestSizesAreForPeople(t *testing.T) {
	english, russian := both(t)
	is(t, english.Bytes(1), "1 byte")
	is(t, russian.Bytes(22), "22 байта")
	is(t, english.Bytes(1024), "1\u00a0KB")
	is(t, russian.Bytes(1536), "1,5\u00a0КБ")
	is(t, english.Bytes(83*1024+400), "83\u00a0KB")
	is(t, english.Bytes(1<<20-1), "1\u00a0MB")
	is(t, english.Bytes(10<<20), "10\u00a0MB")
	is(t, english.Bytes(9<<20+1<<20-1), "10\u00a0MB")
	is(t, russian.Bytes(5<<30), "5\u00a0ГБ")
}

func TestListsJoinTheirLastWord(t *testing.T) {
	english, russian := both(t)
	is(t, english.List(nil), "")
	is(t, english.List([]string{"a"}), "a")
	is(t, english.List([]string{"a", "b"}), "a and b")
	is(t, russian.List([]string{"a", "b", "c", "d"}), "a, b, c и d")
}
