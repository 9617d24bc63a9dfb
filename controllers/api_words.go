package controllers

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"postroom/models"
)

// word says what a field or a parameter is. The limits are for readers of the document; the workshop enforces them, in its
// own words.
type word struct {
	say     models.Sentence
	example any
	limits  map[string]any
}

// words are looked up by schema and field, then by the field alone. Parameters have "?" before their name.
var words = withActs(map[string]word{
	"id":                 {models.Say("The number by which it is addressed."), 1, nil},
	"username":           {models.Say("3 to 50 letters, digits, - or _; unique, whatever its case."), "mai", map[string]any{"minLength": 3, "maxLength": 50, "pattern": "^[A-Za-z0-9_-]{3,50}$"}},
	"Post.username":      {models.Say("The author's user name."), "mai", nil},
	"name":               {models.Say("The name that readers see; at most 100 characters. The user name unless given."), "Mai Nguyen", map[string]any{"maxLength": 100}},
	"about":              {models.Say("A few words of the user's own; at most 2,000 characters. Not in lists."), "Writes about bread.", map[string]any{"maxLength": 2000}},
	"created_at":         {models.Say("When it was made."), "2026-02-03T09:12:00Z", nil},
	"post_count":         {models.Say("Published posts that anyone may read."), 212, nil},
	"last_post_at":       {models.Say("When the newest of these was published; null where there is none."), "2026-11-20T17:30:00Z", nil},
	"email":              {models.Say("Unique, whatever its case. Only the user and admins see it."), "mai@example.com", map[string]any{"maxLength": 255}},
	"age":                {models.Say("Whole years, 1 to 150; null where unknown. Only the user and admins see it."), 34, map[string]any{"minimum": 1, "maximum": 150}},
	"credits":            {models.Say("The balance, a decimal in quotes. Only the user and admins see it."), "12.50", nil},
	"metadata":           {models.Say("Free fields: at most 50 names with values of any kind. Only the user and admins see them."), map[string]any{"city": "Lyon"}, map[string]any{"maxProperties": 50}},
	"role":               {models.Say("user, editor or admin. Only admins give it."), "user", map[string]any{"enum": []string{"user", "editor", "admin"}}},
	"is_active":          {models.Say("False where the account is deactivated: it cannot sign in, its posts stay. Only admins set it."), true, nil},
	"password":           {models.Say("10 to 1,000 characters; never in a reply. Without one the account has none until its one-time link is used."), "correct horse battery", map[string]any{"maxLength": 1000}},
	"user_id":            {models.Say("The author's number."), 1, nil},
	"title":              {models.Say("1 to 100 characters."), "Rye, slowly", map[string]any{"minLength": 1, "maxLength": 100}},
	"content":            {models.Say("The text in Markdown, at most 1 MB. Only a draft may be empty."), "Begin the **evening before**.", nil},
	"content_html":       {models.Say("The text as safe HTML."), "<p>Begin the <strong>evening before</strong>.</p>\n", nil},
	"tags":               {models.Say("At most 10, each of at most 40 characters; kept in lower case."), []string{"bread"}, map[string]any{"maxItems": 10}},
	"status":             {models.Say("published or draft; a new post is published unless this says draft."), "published", map[string]any{"enum": []string{"published", "draft"}}},
	"updated_at":         {models.Say("When it was last saved."), "2026-11-20T18:02:11.5Z", nil},
	"published_at":       {models.Say("When it was first published; null for what never was."), "2026-11-20T17:30:00Z", nil},
	"message":            {models.Say("What was done."), "User 1 deleted", nil},
	"error":              {models.Say("One of few fixed sentences."), "Resource already exists", nil},
	"fields":             {models.Say("What is wrong, by the name of the field."), map[string]string{"email": "There is an account with this e-mail address already."}, nil},
	"request_id":         {models.Say("The number of the request, also in the log."), "9f2c51aa07be", nil},
	"top_users":          {models.Say("The ten who have published most."), nil, nil},
	"total_users":        {models.Say("Everyone with an account."), 1204, nil},
	"total_posts":        {models.Say("Published posts."), 9310, nil},
	"avg_age":            {models.Say("Of those who gave their age; null where nobody did."), 41.5, nil},
	"last_registration":  {models.Say("When the newest account was made."), "2026-11-21T08:00:00Z", nil},
	"at":                 {models.Say("When it happened."), "2026-11-20T17:30:00Z", nil},
	"kind":               {models.Say("What was done, such as sign_in, post.update or act.delete."), "post.update", nil},
	"actor_id":           {models.Say("Who acted; absent for visitors and the server itself."), 1, nil},
	"AuditLine.username": {models.Say("The user name of who acted, as it was then."), "ruth", nil},
	"target_kind":        {models.Say("user, post, perk or order: what was acted upon."), "post", nil},
	"target_id":          {models.Say("Its number."), 12, nil},
	"target":             {models.Say("Its user name or title, as it was then."), "Rye, slowly", nil},
	"receipt":            {models.Say("The number of the act's receipt."), 17, nil},
	"address":            {models.Say("The IP address, for as long as addresses are kept."), "192.0.2.7", nil},
	"details":            {models.Say("Before and after, the browser, the session, and what else tells of it."), map[string]any{"after": map[string]any{"title": "Rye, slowly"}}, nil},
	"Import.name":        {models.Say("The name of the file."), "members.csv", nil},
	"state":              {models.Say("staging: the file is read; rehearsing: it is compared with the users; rehearsed: it waits to be committed. A state that ends in -ing goes on by itself."), "rehearsed", nil},
	"failure":            {models.Say("Why it failed."), nil, nil},
	"mode":               {models.Say("both: create users and change those who are here; create and update do one of the two, and skip the others."), "both", nil},
	"match":              {models.Say("By what the user of a line is found."), "either", nil},
	"bytes":              {models.Say("Read so far."), 2048, nil},
	"rows":               {models.Say("Lines read so far."), 120, nil},
	"done":               {models.Say("Of these, rehearsed or committed so far."), 120, nil},
	"create":             {models.Say("Users who would be created, or were."), 100, nil},
	"change":             {models.Say("Users who would change, or did."), 12, nil},
	"same":               {models.Say("Lines that change nothing."), 3, nil},
	"passed":             {models.Say("Lines skipped as the mode says."), 0, nil},
	"refused":            {models.Say("Lines that cannot be imported; errors.csv has them with their reasons."), 5, nil},

	"?name":      {models.Say("The name of the file."), "members.csv", nil},
	"?mode":      {models.Say("both unless given."), nil, nil},
	"?match":     {models.Say("either unless given."), nil, nil},
	"?separator": {models.Say("What stands between cells; recognised unless given."), nil, nil},
	"?quote":     {models.Say("What stands around cells; recognised unless given."), nil, nil},
	"?encoding":  {models.Say("Recognised unless given."), nil, nil},

	"Transfer.id":        {models.Say("The number of its receipt."), "0197a3c2-6f0e-7d31-9a52-0c5f3f1f4f55", nil},
	"Transfer.kind":      {sayTransferKinds, "thanks", nil},
	"Entry.kind":         {sayTransferKinds, "thanks", nil},
	"Transfer.from":      {models.Say("Who gave; absent where that is the house, or a user who is gone."), 1, nil},
	"Transfer.to":        {models.Say("Who received; absent where that is the house, or a user who is gone."), 2, nil},
	"Transfer.amount":    {models.Say("How much, a decimal in quotes."), "10.00", nil},
	"amount":             {models.Say("A decimal in quotes, above zero, with two decimals at most."), "10.00", nil},
	"note":               {models.Say("Why; at most 300 characters."), "For the rye", map[string]any{"maxLength": 300}},
	"post_id":            {models.Say("The post that it is for, a published one of who receives."), 12, nil},
	"reverses":           {models.Say("The transfer that it takes back."), "0197a3c2-6f0e-7d31-9a52-0c5f3f1f4f56", nil},
	"to":                 {models.Say("The number of the user who receives."), 2, nil},
	"transfer":           {models.Say("The number of the transfer's receipt."), "0197a3c2-6f0e-7d31-9a52-0c5f3f1f4f55", nil},
	"with":               {models.Say("The other side; absent where that is the house, or a user who is gone."), 2, nil},
	"Entry.amount":       {models.Say("What came in; below zero: what went out."), "-10.00", nil},
	"Entry.balance":      {models.Say("What was there afterwards."), "32.50", nil},
	"Statement.balance":  {models.Say("What is there, or was there at the end of the day asked for."), "32.50", nil},
	"entries":            {models.Say("What came in and went out up to then, newest first."), nil, nil},
	"NewReversal.amount": {models.Say("How much to take back; all that is left unless given."), "10.00", nil},
	"in_part":            {models.Say("true: where the receiver has less, take back what is there."), false, nil},
	"NewReversal.reason": {models.Say("Why; both sides see it."), "Given twice", map[string]any{"maxLength": 300}},
	"?Idempotency-Key":   {models.Say("Any text of at most 100 characters. The same call with the same key is done once, and gets the same reply; other content with it is refused."), nil, nil},
	"?at":                {models.Say("A day such as 2026-11-21, to its end, or a moment."), nil, nil},
	"?reversals.id":      {models.Say("The number of the transfer."), "0197a3c2-6f0e-7d31-9a52-0c5f3f1f4f55", nil},

	"Perk.name":        {models.Say("What it is called."), "Print copy", map[string]any{"maxLength": 100}},
	"Perk.tags":        {models.Say("By which it is found."), []string{"print"}, nil},
	"description":      {models.Say("What one gets, as plain text."), "Any post, on paper.", map[string]any{"maxLength": 2000}},
	"prices":           {models.Say("What one piece costs when 1, 2, 3 are ordered, in quotes; the last holds for more."), []string{"5.00", "4.50"}, nil},
	"Perk.details":     {models.Say("category, rating from 0 to 5, and whatever else there is to say."), map[string]any{"category": "Print", "rating": 4.5}, nil},
	"stock":            {models.Say("How many are left; null where there is no end."), 12, nil},
	"active_from":      {models.Say("From when on it can be ordered; null: always until then."), "2026-11-01T00:00:00Z", nil},
	"active_to":        {models.Say("Until when it can be ordered; null: without end."), "2026-12-24T00:00:00Z", nil},
	"Perk.updated_at":  {models.Say("When an admin last changed it."), "2026-11-20T18:02:11.5Z", nil},
	"Order.user_id":    {models.Say("Who ordered."), 1, nil},
	"perk_id":          {models.Say("The number of the perk; absent where it is gone."), 3, nil},
	"product_name":     {models.Say("The name of the perk when it was ordered."), "Print copy", nil},
	"quantity":         {models.Say("How many pieces, 1 to 10,000; 1 unless given."), 2, map[string]any{"minimum": 1, "maximum": models.MaxQuantity}},
	"price":            {models.Say("What one piece cost, in quotes."), "4.50", nil},
	"total":            {models.Say("What all of it cost, in quotes."), "9.00", nil},
	"order_date":       {models.Say("When it was ordered."), "2026-11-20T17:30:00Z", nil},
	"Order.state":      {models.Say("ordered, fulfilled or cancelled."), "ordered", map[string]any{"enum": models.OrderStates()}},
	"NewOrder.note":    {models.Say("A line to the admins; at most 300 characters."), "To the back door.", map[string]any{"maxLength": 300}},
	"Order.note":       {models.Say("A line to the admins; at most 300 characters."), "To the back door.", map[string]any{"maxLength": 300}},
	"Order.transfer":   {models.Say("The number of the payment."), "7b1f0f7e-3d0e-4f0a-9f43-0c1d5d3f7a11", nil},
	"total_orders":     {models.Say("How many orders the user placed; cancelled ones do not count."), 3, nil},
	"total_amount":     {models.Say("What these cost together, in quotes."), "27.00", nil},
	"?orders.state":    {models.Say("ordered, fulfilled or cancelled; all unless given."), nil, nil},
	"?orders.user_id":  {models.Say("Orders of this user, for admins; your own unless given."), nil, nil},
	"?user":            {models.Say("Orders of the user of this user name, for admins."), "mai", nil},
	"?perk":            {models.Say("Orders of the perk of this number."), 3, nil},
	"?perks.tag":       {models.Say("A tag that the perk has."), "print", nil},
	"?category":        {models.Say("The category of the perk."), "Print", nil},
	"?actor":           {models.Say("The user name of who acted."), nil, nil},
	"?person":          {models.Say("The user name of who acted or was acted upon, by a bulk act too."), nil, nil},
	"?kind":            {models.Say("A kind of line, or the first part of some: act is every act of an admin."), nil, nil},
	"?address":         {models.Say("An IP address, or a network such as 192.0.2.0/24."), nil, nil},
	"?from":            {models.Say("The first day, or a moment."), nil, nil},
	"?to":              {models.Say("The last day, included, or a moment."), nil, nil},
	"?id":              {models.Say("The number of the user or the post."), 1, nil},
	"?limit":           {models.Say("How many; 20 unless given."), 20, nil},
	"?after":           {models.Say("Where to go on: what the Link header, or next, holds."), nil, nil},
	"?q":               {models.Say("Part of a name or user name; for admins, of an e-mail address too."), "mai", nil},
	"?sort":            {models.Say("A column, with - before it from high to low. By what is private only for admins."), "-post_count", nil},
	"?posts":           {models.Say("none: who has published nothing; some: everyone else."), nil, nil},
	"?registered_from": {models.Say("The first day of registration, such as 2026-11-21."), nil, nil},
	"?registered_to":   {models.Say("The last day of registration, included."), nil, nil},
	"?last_post_from":  {models.Say("The first day of the newest post."), nil, nil},
	"?last_post_to":    {models.Say("The last day of the newest post, included."), nil, nil},
	"?role":            {models.Say("user, editor or admin. For admins."), nil, nil},
	"?active":          {models.Say("true: neither deactivated nor suspended; false: deactivated. For admins."), nil, nil},
	"?state":           {models.Say("active, suspended or deactivated; everyone is one of these. For admins."), nil, nil},
	"?posts_min":       {models.Say("The fewest published posts."), nil, nil},
	"?posts_max":       {models.Say("The most published posts."), nil, nil},
	"?last_seen_from":  {models.Say("The first day of being last seen. For admins."), nil, nil},
	"?last_seen_to":    {models.Say("The last day of being last seen, included. For admins."), nil, nil},
	"?signed_in":       {models.Say("never: who has never signed in. For admins."), nil, nil},
	"?quiet":           {models.Say("true: no post for longer than three times their own median gap and 30 days. For admins."), nil, nil},
	"?back":            {models.Say("true: a first post after such a silence, in the last 30 days. For admins."), nil, nil},
	"?meta_contains":   {models.Say("A JSON object that the metadata contain. For admins."), nil, nil},
	"?age_min":         {models.Say("The least age. For admins."), nil, nil},
	"?age_max":         {models.Say("The greatest age. For admins."), nil, nil},
	"?meta.FIELD":      {models.Say("The exact value of the metadata field that stands in place of FIELD. For admins."), nil, nil},
	"?columns":         {models.Say("The columns, with commas between, in this order; meta.FIELD is a field of users' own."), nil, nil},
	"?mark":            {models.Say("true: a byte order mark in front, by which Excel knows UTF-8."), nil, nil},
	"?user_id":         {models.Say("Posts of this author alone."), nil, nil},
	"?status":          {models.Say("draft: your own drafts; editors and admins may ask for anyone's."), nil, nil},
	"?posts.q":         {models.Say("Part of a title; of one or two letters, words that begin with them."), "rye", nil},
	"?posts.sort":      {models.Say("A column, with - before it from high to low."), "-published_at", nil},
	"?posts.status":    {models.Say("published or draft; both unless given."), nil, nil},
	"?posts.columns":   {models.Say("The columns, with commas between, in this order."), nil, nil},
	"?author":          {models.Say("The author's user name."), "mai", nil},
	"?tag":             {models.Say("A tag that the post has."), nil, nil},
	"?reported":        {models.Say("true: posts with a report that no admin has settled."), nil, nil},
	"?created_from":    {models.Say("The first day on which it was begun, such as 2026-11-21."), nil, nil},
	"?created_to":      {models.Say("The last day on which it was begun, included."), nil, nil},
	"?published_from":  {models.Say("The first day on which it was published."), nil, nil},
	"?published_to":    {models.Say("The last day on which it was published, included."), nil, nil},
	"?If-None-Match":   {models.Say("The ETag of the version you have; 304 where it is still the newest."), nil, nil},
	"!Link":            {models.Say("Where the next page is, with rel=\"next\"; absent on the last."), nil, nil},
	"!Location":        {models.Say("Where the new one is."), nil, nil},
	"!Receipt":         {models.Say("The number of the receipt, where an admin or editor did it to what is not their own."), nil, nil},
	"!ETag":            {models.Say("The version, the same for every reader."), nil, nil},
})

var sayTransferKinds = models.Say("thanks, grant, allowance, order, refund, reversal, closing (the balance of who leaves goes to the house) or reopening.")

// details say what the summary of a call leaves open.
var details = map[string]models.Sentence{
	"list-users":       models.Say("Newest first, unless sorted otherwise; the next page is in the Link header."),
	"create-user":      models.Say("The user signs in by the password given here, or by a one-time link that an admin copies from the user's page."),
	"update-user":      models.Say("Fields that are not given stay; null empties a field."),
	"replace-user":     models.Say("Fields that are not given become empty, but for password, role and is_active, which stay."),
	"delete-user":      models.Say("Somebody else's account can be brought back from its receipt for 30 days; your own is gone for good. The last admin can be neither deleted nor deactivated."),
	"delete-post":      models.Say("Somebody else's post can be brought back from its receipt for 30 days; your own is gone for good."),
	"list-user-posts":  models.Say("Newest first; the next page is in the Link header."),
	"list-posts":       models.Say("Newest first; the next page is in the Link header."),
	"replace-post":     models.Say("Tags that are not given go; the status stays unless given."),
	"update-post":      models.Say("Fields that are not given stay; null empties a field."),
	"read-post":        models.Say("A draft is there only for its author, editors and admins."),
	"create-act":       models.Say("With rehearse the answer shows what the act would do, 200, or 202 while it is still being found out. With the key of that rehearsal it is done, 201. Where the set has changed meanwhile nothing is done: 409, with the difference and a new rehearsal."),
	"undo-act":         models.Say("For 30 days, whole or for some rows, as long as nothing newer stands in the way: that is named, 409, and nothing is changed. The undo has a receipt, too."),
	"list-admin-audit": models.Say("The newest line first; the next page is in the Link header."),
	"list-perks":       models.Say("What can be ordered now, the newest first; the next page is in the Link header."),
	"list-orders":      models.Say("Your own orders, the newest first; the next page is in the Link header."),
	"create-order":     models.Say("Takes the pieces from the stock and the credits from you, or neither. With an Idempotency-Key it may be sent again."),
	"list-stats-users": models.Say("Everyone, also those without posts; who has published most comes first, unless sorted otherwise."),

	"create-admin-imports":     models.Say("Columns are matched to fields by their names; the others become own fields, and passwords are never imported. It is rehearsed at once. The answer waits a few seconds for that: where the state still is rehearsing, ask again."),
	"commit-admin-import":      models.Say("All that was rehearsed, in one transaction. 202 while it goes on; 409 where users have changed since the rehearsal, with the lines that would do something else now."),
	"read-admin-import-errors": models.Say("As the file, with a column reason in front: mended, they can be uploaded again. Kept for a week."),

	"list-transfers":                   models.Say("What you gave and received, newest first; the next page is in the Link header."),
	"create-transfer":                  models.Say("From your balance, for thanks. Where it is too small, or who should receive is not there, nothing is moved."),
	"create-admin-grants":              models.Say("From the house, to one user."),
	"create-admin-transfers-reversals": models.Say("By a counter-entry that names it. Refused where the receiver has less, unless in_part."),
	"read-user-statement":              models.Say("For the user and for admins; the next page is in the Link header."),

	"export-posts-csv":   models.Say("Every post that matches, drafts too, by id unless sorted otherwise, streamed from one consistent picture. A text that a spreadsheet would run as a formula has an apostrophe in front."),
	"export-posts-jsonl": models.Say("Every post that matches, drafts too, an object a line, with the names and types of the other calls."),
	"export-users-csv":   models.Say("Every user that matches, by id unless sorted otherwise, streamed from one consistent picture. A text that a spreadsheet would run as a formula has an apostrophe in front, which the import takes off again."),
	"export-users-jsonl": models.Say("Every user that matches, an object a line, with the names and types of the other calls."),
}

// userFilters are the parameters of a list of users, as ParseUserFilter reads them.
func userFilters() []*huma.Param {
	low, high, young, old := 1.0, 100.0, 0.0, 150.0
	var columns []any
	for _, column := range models.UserSorts() {
		columns = append(columns, column, "-"+column)
	}
	whole := func(low, high *float64) *huma.Schema {
		return &huma.Schema{Type: huma.TypeInteger, Minimum: low, Maximum: high}
	}
	text := func(format string, values ...any) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Format: format, Enum: values}
	}
	limit := whole(&low, &high)
	limit.Default = 20
	params := []*huma.Param{{Name: "limit", Schema: limit}, {Name: "after", Schema: text("")}, {Name: "q", Schema: text("")},
		{Name: "sort", Schema: text("", columns...)}, {Name: "posts", Schema: text("", "none", "some")},
		{Name: "registered_from", Schema: text("date")}, {Name: "registered_to", Schema: text("date")},
		{Name: "last_post_from", Schema: text("date")}, {Name: "last_post_to", Schema: text("date")},
		{Name: "role", Schema: text("", "user", "editor", "admin")}, {Name: "active", Schema: &huma.Schema{Type: huma.TypeBoolean}},
		{Name: "age_min", Schema: whole(&young, &old)}, {Name: "age_max", Schema: whole(&young, &old)},
		{Name: "state", Schema: text("", models.StateActive, models.StateSuspended, models.StateDeactivated)}, {Name: "posts_min", Schema: whole(&young, nil)}, {Name: "posts_max", Schema: whole(&young, nil)},
		{Name: "last_seen_from", Schema: text("date")}, {Name: "last_seen_to", Schema: text("date")}, {Name: "signed_in", Schema: text("", "never")},
		{Name: "quiet", Schema: text("", "true")}, {Name: "back", Schema: text("", "true")}, {Name: "meta_contains", Schema: text("")}, {Name: "meta.FIELD", Schema: text("")}}
	for _, param := range params {
		param.In = "query"
	}
	return params
}

// operationID names a call: "list-users", "read-user", "list-user-posts".
func operationID(method, path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/api/"), "/")
	one := slices.Contains(parts, "{id}")
	if one || method == http.MethodPost {
		parts[0] = strings.TrimSuffix(parts[0], "s")
		parts = slices.DeleteFunc(parts, func(part string) bool { return part == "{id}" })
	}
	verb := map[string]string{http.MethodGet: "list", http.MethodPost: "create", http.MethodPut: "replace", http.MethodPatch: "update", http.MethodDelete: "delete"}[method]
	if last := parts[len(parts)-1]; verb == "list" && (one && len(parts) == 1 || last == "stats" || last == "statement" || last == "site") {
		verb = "read"
	}
	return verb + "-" + strings.Join(parts, "-")
}

func security(d door) []map[string][]string {
	tokenOrSession := []map[string][]string{{"token": {}}, {"session": {}}}
	if d.who == everyone {
		return append([]map[string][]string{{}}, tokenOrSession...)
	}
	return tokenOrSession
}

func errorsOf(d door) []int {
	errors := []int{http.StatusUnauthorized, http.StatusServiceUnavailable}
	if strings.Contains(d.path, "{") {
		errors = append(errors, http.StatusNotFound)
	}
	if d.who != everyone || d.filters != nil || strings.HasSuffix(d.path, "posts") {
		errors = append(errors, http.StatusForbidden)
	}
	if d.filters != nil {
		errors = append(errors, http.StatusUnprocessableEntity)
	}
	if d.method == http.MethodPost || d.method == http.MethodPut || d.method == http.MethodPatch {
		errors = append(errors, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if required := requiredFields(d.path, d.method); slices.Contains(required, "to") || slices.Contains(required, "reason") || slices.Contains(required, "perk_id") {
		errors = append(errors, http.StatusNotFound, http.StatusConflict)
	}
	if d.method != http.MethodGet && strings.HasPrefix(d.path, "/api/users") {
		errors = append(errors, http.StatusConflict)
	}
	return errors
}

// describe adds to the document what types cannot say.
func describe(doc *huma.OpenAPI, cookie, address string) {
	doc.Servers = []*huma.Server{{URL: cmp.Or(strings.TrimSuffix(address, "/"), "/")}}
	doc.Info.Description = "Users, posts and figures as JSON. Without a token or a session: what any visitor may read."
	doc.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "A token from the settings, of the scope read, write or admin."},
		"session": {Type: "apiKey", In: "cookie", Name: cookie, Description: "The session of a signed-in browser."},
	}
	for name, schema := range doc.Components.Schemas.Map() {
		switch name {
		case "NewUser", "UserReplacement":
			schema.Required = requiredFields("/api/users", http.MethodPost)
		case "NewPost", "PostReplacement":
			schema.Required = requiredFields("/api/posts", http.MethodPost)
		case "NewTransfer", "NewGrant":
			schema.Required = requiredFields("/api/transfers", http.MethodPost)
		case "NewReversal":
			schema.Required = requiredFields("/reversals", http.MethodPost)
		case "NewOrder":
			schema.Required = requiredFields("/api/orders", http.MethodPost)
		case "UserChange", "PostChange", "NewAct", "Undo":
		default: // a reply, which may get further fields
			schema.AdditionalProperties = nil
		}
		for field, property := range schema.Properties {
			w := wordOf(name, field)
			property.Description = w.say.Text
			if w.example != nil {
				property.Examples = []any{w.example}
			}
			property.Extensions = w.limits
			property.WriteOnly = field == "password"
		}
	}
	for _, op := range operations(doc) {
		op.Description = details[op.OperationID].Text
		for _, param := range op.Parameters {
			param.Description = words[paramWord(op, param.Name)].say.Text
			param.Schema.Description = ""
		}
		if op.RequestBody == nil && !slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "query" }) {
			delete(op.Responses, "422") // what is wrong with an id is 404
		}
		if op.OperationID == "read-post" {
			op.Responses["304"] = &huma.Response{Description: http.StatusText(http.StatusNotModified)}
		}
		for status, reply := range op.Responses {
			if status != "201" {
				delete(reply.Headers, "Location")
			}
			if op.Method == http.MethodGet || op.OperationID == "create-post" {
				delete(reply.Headers, "Receipt")
			}
			for name, header := range reply.Headers {
				header.Description = words["!"+name].say.Text
			}
			if code, _ := strconv.Atoi(status); code == http.StatusUnauthorized {
				reply.Headers = map[string]*huma.Param{"WWW-Authenticate": {Description: "Bearer", Schema: &huma.Schema{Type: huma.TypeString}}}
			}
		}
	}
}

// paramWord is the name under which words says what a parameter is: some mean another thing for posts, orders or perks.
func paramWord(op *huma.Operation, name string) string {
	if own := "?reversals." + name; strings.HasSuffix(op.OperationID, "-reversals") && words[own].say.Text != "" {
		return own
	}
	for call, kind := range map[string]string{"export-posts": "posts", "list-orders": "orders", "list-perks": "perks"} {
		if own := "?" + kind + "." + name; strings.HasPrefix(op.OperationID, call) && words[own].say.Text != "" {
			return own
		}
	}
	return "?" + name
}

func wordOf(schema, field string) word {
	if w, ok := words[schema+"."+field]; ok {
		return w
	}
	return words[field]
}

// operations are the calls of the document in the order of their addresses.
func operations(doc *huma.OpenAPI) []*huma.Operation {
	var list []*huma.Operation
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				list = append(list, op)
			}
		}
	}
	methods := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	slices.SortFunc(list, func(a, b *huma.Operation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(slices.Index(methods, a.Method), slices.Index(methods, b.Method)))
	})
	return list
}
