package controllers

import (
	"maps"

	"postroom/models"
)

func withActs(words map[string]word) map[string]word {
	maps.Copy(words, actAPIWords)
	return words
}

// actAPIWords are the words of rehearsals, acts and receipts.
var actAPIWords = map[string]word{
	"rehearse":           {models.Say("true: show what the act would do. Nothing is done without a rehearsal."), true, nil},
	"act":                {models.Say("To users deactivate, reactivate, suspend, set-role, set-metadata, remove-metadata, sign-out, grant or delete; to posts unpublish, restore or delete; to orders fulfil or cancel. A receipt can also say edit, create, import or undo."), "delete", nil},
	"NewAct.target":      {models.Say("user, post or order; user unless given."), "user", map[string]any{"enum": []string{"user", "post", "order"}}},
	"Receipt.target":     {models.Say("user, post or order: what was acted upon."), "user", nil},
	"ReceiptPage.target": {models.Say("user, post or order: what was acted upon."), "user", nil},
	"ReceiptPage.state":  {models.Say("running or done. What is under way goes on by itself: ask again."), "done", nil},
	"ids":                {models.Say("The rows that it is about."), []int{3, 7}, nil},
	"filter":             {models.Say("In place of ids the query of a list, such as q=demo-&active=true: all that match. Empty: all there are."), nil, nil},
	"NewAct.role":        {models.Say("For set-role: user, editor or admin."), nil, map[string]any{"enum": []string{"user", "editor", "admin"}}},
	"field":              {models.Say("For set-metadata and remove-metadata: the name of the field."), nil, nil},
	"value":              {models.Say("For set-metadata: the value, of any kind."), nil, nil},
	"NewAct.amount":      {models.Say("For grant: what each of them gets, such as 10.00."), nil, nil},
	"NewAct.note":        {models.Say("For grant, fulfil and cancel: a short note, which the users see."), nil, nil},
	"until":              {models.Say("For suspend: a moment, or the first moment of a day."), nil, nil},
	"NewAct.reason":      {models.Say("For suspend: what the user will see. Beside the key of a rehearsal: a line for the log."), nil, nil},
	"NewAct.rehearsal":   {models.Say("The key of a rehearsal: do what it shows."), nil, nil},
	"rehearsal":          {models.Say("The key of the rehearsal, for a day. In a refusal: of the new one."), "8a1d9bb0-5a0c-4f0e-9d4e-0f5a3c1f7a55", nil},
	"state":              {models.Say("Of a rehearsal rehearsing, rehearsed or failed; of a receipt running or done. What is under way goes on by itself: ask again."), "rehearsed", nil},
	"Receipt.state":      {models.Say("running or done. What is under way goes on by itself: ask again."), "done", nil},
	"total":              {models.Say("How many rows it is about."), 38, nil},
	"done":               {models.Say("How many of these are rehearsed."), 38, nil},
	"count":              {models.Say("How many would change, or did; without the refused."), 36, nil},
	"same":               {models.Say("How many would stay as they are."), 0, nil},
	"posts":              {models.Say("Published posts that go along."), 214, nil},
	"drafts":             {models.Say("Drafts that go along."), 3, nil},
	"sessions":           {models.Say("Sessions that end."), 5, nil},
	"refunded":           {models.Say("Of cancelled orders: what is paid back, all in all."), "14.00", nil},
	"tokens":             {models.Say("API tokens that end."), 1, nil},
	"waiting":            {models.Say("Of an undo: what did not come back yet, since it belongs to something else that is deleted, and comes back with that."), 1, nil},
	"changes":            {models.Say("The rows that would change, or did, by id; at most 1,000."), nil, nil},
	"refused":            {models.Say("Who is left alone and why, by id; at most 1,000."), nil, nil},
	"next":               {models.Say("There are more rows: ask again with after of this id. Absent at the end."), nil, nil},
	"before":             {models.Say("The fields that change, as they were."), map[string]any{"is_active": true}, nil},
	"after":              {models.Say("The same fields afterwards; absent where the row is gone."), map[string]any{"is_active": false}, nil},
	"reason":             {models.Say("Why."), "This is you. Ask another admin.", nil},
	"refused_count":      {models.Say("How many were left alone."), 2, nil},
	"by":                 {models.Say("The user name of who did it, as it was then."), "ruth", nil},
	"params":             {models.Say("What the act was told besides: role, field, value, until, reason, amount, note."), map[string]any{}, nil},
	"undoes":             {models.Say("The receipt that this one takes back."), nil, nil},
	"undo_until":         {models.Say("Until when it can be taken back."), "2026-12-21T12:03:41Z", nil},
	"Touched.transfer":   {models.Say("Where credits were moved: the transfer."), nil, nil},
	"undone_by":          {models.Say("The receipt by which the row was taken back."), nil, nil},
	"in_the_way":         {models.Say("What stands in the way of taking it back."), nil, nil},
	"difference":         {models.Say("What has changed since the rehearsal."), nil, nil},
	"came":               {models.Say("New in the set; at most 100."), nil, nil},
	"left":               {models.Say("No longer in the set; at most 100."), nil, nil},
	"changed":            {models.Say("Not as they were; at most 100."), nil, nil},
	"more":               {models.Say("How many are not named."), nil, nil},
	"was":                {models.Say("As it was rehearsed."), nil, nil},
	"is":                 {models.Say("As it is now; absent where it is gone."), nil, nil},
	"Undo.ids":           {models.Say("Take these rows back alone."), []int{3}, nil},
	"others":             {models.Say("true: take back what can be, where something stands in the way of the rest."), nil, nil},
	"Undo.reason":        {models.Say("A line for the log. Where grants are taken back, the users see it as the note."), nil, nil},

	"Receipt.reason":          {models.Say("A line for the log."), "No sign-in since spring", nil},
	"ReceiptPage.reason":      {models.Say("A line for the log."), "No sign-in since spring", nil},
	"Rehearsal.receipt":       {models.Say("The receipt, where it was done."), nil, nil},
	"ActChange.title":         {models.Say("Of a post: its title; then username is its author's."), nil, nil},
	"ActRefused.title":        {models.Say("Of a post: its title; then username is its author's."), nil, nil},
	"Touched.title":           {models.Say("Of a post: its title; then username is its author's."), nil, nil},
	"Differing.title":         {models.Say("Of a post: its title; then username is its author's."), nil, nil},
	"ActChange.product_name":  {models.Say("Of an order: what was ordered; then username is who ordered it."), nil, nil},
	"ActRefused.product_name": {models.Say("Of an order: what was ordered; then username is who ordered it."), nil, nil},
	"Touched.product_name":    {models.Say("Of an order: what was ordered; then username is who ordered it."), nil, nil},
	"Differing.product_name":  {models.Say("Of an order: what was ordered; then username is who ordered it."), nil, nil},
	"ActRefused.receipt":      {models.Say("The receipt of what stands in the way."), nil, nil},
	"ActRefused.user_id":      {models.Say("The user who stands in the way."), nil, nil},

	"?receipt": {models.Say("The number of the receipt."), 17, nil},
	"?key":     {models.Say("The key of the rehearsal."), nil, nil},
}
