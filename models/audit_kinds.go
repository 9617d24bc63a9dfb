package models

import (
	"reflect"
	"slices"
	"time"
)

// The kinds of lines in the log, but for those of acts, which begin with "act.".
const (
	kindSignIn         = "sign_in"
	kindSignInFail     = "sign_in.fail"
	kindSignOut        = "sign_out"
	kindSignUp         = "sign_up"
	kindSessionEnd     = "session.end"
	kindPasswordChange = "password.change"
	kindEmailChange    = "email.change"
	kindLinkCreate     = "link.create"
	kindLinkUse        = "link.use"
	kindTokenCreate    = "token.create"
	kindTokenEnd       = "token.end"
	kindUserCreate     = "user.create"
	kindUserUpdate     = "user.update"
	kindUserDelete     = "user.delete"
	kindPostCreate     = "post.create"
	kindPostUpdate     = "post.update"
	kindPostDelete     = "post.delete" // in older lines: it is an act by now
	kindPostPublish    = "post.publish"
	kindPostAuthors    = "post.authors"
	kindPostLeave      = "post.leave"
	kindSeriesCreate   = "series.create"
	kindSeriesUpdate   = "series.update"
	kindTagRename      = "tag.rename"
	kindTagMerge       = "tag.merge"
	kindTagUndo        = "tag.undo"
	kindCommentCreate  = "comment.create"
	kindCommentUpdate  = "comment.update"
	kindCommentHolding = "comment.holding"
	kindFollow         = "follow.create"
	kindUnfollow       = "follow.delete"
	kindEventCreate    = "event.create"
	kindReportCreate   = "report.create"
	kindReportSettle   = "report.settle"
	kindContactCreate  = "contact.create"
	kindFilterSave     = "filter.save"
	kindFilterDelete   = "filter.delete"
	kindThanks         = "transfer.thanks"
	kindGrant          = "transfer.grant"
	kindAllowanceSet   = "allowance.set"
	kindAllowanceGive  = "allowance.give"
	kindReversal       = "transfer.reversal"
	kindExportUsers    = "export.users"
	kindExportPosts    = "export.posts"
	kindExportLinks    = "export.links"
	kindExportAccount  = "export.statement"
	kindPerkCreate     = "perk.create"
	kindPerkUpdate     = "perk.update"
	kindPerkDelete     = "perk.delete"
	kindOrderCreate    = "order.create"
	kindOrderCancel    = "order.cancel"
	kindExportOrders   = "export.orders"
	kindExportWriting  = "export.writing"
	kindFileCreate     = "file.create"
	kindAvatarSet      = "avatar.set"
	kindAvatarRemove   = "avatar.remove"
	kindFileRoom       = "file.room"
)

// AuditKind is a kind of line in the log, and what it says of who acted.
type AuditKind struct {
	Name string
	Say  Sentence
}

// AuditKinds are all kinds of lines, in the order in which a list offers them.
func AuditKinds() []AuditKind {
	return []AuditKind{
		{kindSignIn, Say("signed in")},
		{kindSignInFail, Say("gave a wrong password")},
		{kindSignOut, Say("signed out")},
		{kindSignUp, Say("signed up")},
		{kindSessionEnd, Say("ended sessions")},
		{kindPasswordChange, Say("changed the password")},
		{kindEmailChange, Say("changed the e-mail address")},
		{kindLinkCreate, Say("made a one-time link")},
		{kindLinkUse, Say("used a one-time link")},
		{kindTokenCreate, Say("made an API token")},
		{kindTokenEnd, Say("ended an API token")},
		{kindUserCreate, Say("made a user")},
		{kindUserUpdate, Say("changed a user")},
		{kindUserDelete, Say("deleted a user")},
		{kindPostCreate, Say("wrote a post")},
		{kindPostUpdate, Say("changed a post")},
		{kindPostDelete, Say("deleted a post")},
		{kindPostPublish, Say("a scheduled post appeared")},
		{kindPostAuthors, Say("changed the authors of a post")},
		{kindPostLeave, Say("left the authors of a post")},
		{kindSeriesCreate, Say("began a series")},
		{kindSeriesUpdate, Say("changed a series")},
		{kindTagRename, Say("renamed a tag")},
		{kindTagMerge, Say("merged a tag with another")},
		{kindTagUndo, Say("took a change of a tag back")},
		{kindCommentCreate, Say("wrote a comment")},
		{kindCommentUpdate, Say("changed a comment")},
		{kindEventCreate, Say("entered an event")},
		{kindCommentHolding, Say("decided whose comments wait for approval")},
		{kindFileCreate, Say("added a file")},
		{kindAvatarSet, Say("chose a portrait")},
		{kindAvatarRemove, Say("removed a portrait")},
		{kindFileRoom, Say("decided on the room for files")},
		{kindFollow, Say("followed an author")},
		{kindUnfollow, Say("followed an author no more")},
		{kindReportCreate, Say("reported a post")},
		{kindReportSettle, Say("settled a report")},
		{kindContactCreate, Say("noted a contact")},
		{kindFilterSave, Say("saved a filter")},
		{kindFilterDelete, Say("forgot a filter")},
		{"transfer", Say("moved credits")},
		{kindThanks, Say("gave credits")},
		{kindGrant, Say("granted credits")},
		{kindAllowanceSet, Say("decided on the allowance")},
		{kindAllowanceGive, Say("gave the allowance")},
		{kindReversal, Say("reversed a transfer")},
		{kindPerkCreate, Say("made a perk")},
		{kindPerkUpdate, Say("changed a perk")},
		{kindPerkDelete, Say("deleted a perk")},
		{kindOrderCreate, Say("ordered a perk")},
		{kindOrderCancel, Say("cancelled an order of their own")},
		{"act", Say("acted as an admin")},
		{"act.edit", Say("edited a user, a post or an event")},
		{"act.create", Say("made a user, with a receipt")},
		{"act.deactivate", Say("deactivated users")},
		{"act.reactivate", Say("reactivated users")},
		{"act.suspend", Say("suspended users")},
		{"act.set-role", Say("gave a role")},
		{"act.set-metadata", Say("set a field of users")},
		{"act.remove-metadata", Say("removed a field of users")},
		{"act.sign-out", Say("signed users out")},
		{"act.grant", Say("granted credits to many")},
		{"act.delete", Say("deleted users, posts, series, comments, files or events")},
		{"act.hide", Say("hid a comment")},
		{"act.show", Say("showed a comment again")},
		{"act.approve", Say("approved a comment")},
		{"act.unpublish", Say("unpublished posts")},
		{"act.restore", Say("restored posts")},
		{"act.fulfil", Say("fulfilled orders")},
		{"act.cancel", Say("cancelled orders")},
		{"act.import", Say("imported users or posts")},
		{"act.undo", Say("undid an act")},
		{kindExportUsers, Say("exported users")},
		{kindExportPosts, Say("exported posts")},
		{kindExportLinks, Say("exported one-time links")},
		{kindExportAccount, Say("exported a statement")},
		{kindExportOrders, Say("exported orders")},
		{kindExportWriting, Say("exported their own posts")},
	}
}

// loggedUser are the fields of a user that the log keeps. There is no secret among them.
func loggedUser(u *User) map[string]any {
	fields := map[string]any{"username": u.Username, "name": u.Name, "email": u.Email, "role": u.Role, "is_active": u.IsActive}
	for name, value := range map[string]string{"about": u.About, "language": u.Language, "time_zone": u.TimeZone} {
		if value != "" {
			fields[name] = value
		}
	}
	if u.Age != nil {
		fields["age"] = *u.Age
	}
	if len(u.Metadata) > 0 {
		fields["metadata"] = u.Metadata
	}
	return fields
}

// loggedPost are the fields of a post that the log keeps: not its text, which would make the log as large as the site.
func loggedPost(p *Post) map[string]any {
	fields := map[string]any{"title": p.Title, "status": p.Status, "tags": slices.Clone([]string(p.Tags)), "words": p.Words, "visibility": p.Visibility}
	if p.PublishAt != nil {
		fields["publish_at"] = p.PublishAt.UTC().Format(time.RFC3339)
	}
	if p.Lang != "" {
		fields["lang"] = p.Lang
	}
	if p.CommentsClosed {
		fields["comments"] = p.CommentsState()
	}
	return fields
}

// userChanges are the fields that are not the same, as they were and as they are. A field that is absent is empty.
func userChanges(before, after *User) (was, is map[string]any) {
	return difference(loggedUser(before), loggedUser(after))
}

func postChanges(before, after *Post) (was, is map[string]any) {
	was, is = difference(loggedPost(before), loggedPost(after))
	if before.Content != after.Content {
		is["content"] = true // that it changed
	}
	return was, is
}

func difference(before, after map[string]any) (was, is map[string]any) {
	was, is = map[string]any{}, map[string]any{}
	for name, value := range before {
		if now, ok := after[name]; !ok || !reflect.DeepEqual(value, now) {
			was[name], is[name] = value, now
		}
	}
	for name, value := range after {
		if _, ok := before[name]; !ok {
			was[name], is[name] = nil, value
		}
	}
	return was, is
}
