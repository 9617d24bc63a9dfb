package controllers_test

import (
	"context"
	"errors"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestInChromium tries what only a real browser shows. One browser serves all of it; each part has cookies and a site of its own.
func TestInChromium(t *testing.T) {
	chrome := startChromium(t)
	for _, part := range []struct {
		name string
		try  func(*window)
		off  bool // JavaScript
	}{
		{"a person signs up, writes, publishes and reads", signUpWriteRead, false},
		{"a person signs up, writes, publishes and reads without JavaScript", signUpWriteRead, true},
		{"an admin sorts and filters the statistics", sortAndFilter, false},
		{"an admin sorts and filters the statistics without JavaScript", sortAndFilter, true},
		{"the keyboard alone signs a person up, past an error", signUpByKeyboard, false},
		{"the keyboard opens and leaves the menu", menuByKeyboard, false},
		{"a token is copied by its button", copyToken, false},
		{"characters, words and minutes are counted while one writes", countWhileWriting, false},
		{"a preview follows what is written", previewWhileWriting, false},
		{"a preview is a button without JavaScript", previewWithoutScript, true},
		{"the keyboard marks words and saves, and leaves the text", editByKeyboard, false},
		{"leaving asks about words that are not saved", leaveUnsaved, false},
		{"an admin imports a file", importFile, false},
		{"an admin imports a file without JavaScript", importFile, true},
		{"nothing that is posted runs", nothingRuns, false},
		{"nothing that is imported runs", nothingImportedRuns, false},
		{"no page scrolls sideways", staysInTheWindow, false},
		{"an admin's page follows what others do", followOthers, false},
		{"the bell counts up on an open page", bellCounts, false},
		{"notices are read without JavaScript", bellWithoutScript, true},
		{"a reader looks for a post while typing", lookForAPost, false},
		{"a reader looks for a post without JavaScript", lookForAPost, true},
		{"a reader thanks an author, whose page follows", thankAnAuthor, false},
		{"a reader thanks an author without JavaScript", thankAnAuthor, true},
		{"readers talk under a post", talk, false},
		{"readers talk under a post without JavaScript", talk, true},
		{"a reply arrives in a second window", answerLive, false},
		{"a scheduled post appears on pages that are open", scheduleAndSee, false},
		{"a page that follows keeps what one does on it", followGently, false},
		{"a report appears on the open page and is settled", reportAndSettle, false},
		{"the light says when the site stops, and what was missed is caught up", followThroughRestart, false},
		{"a page that nobody looks at waits", followUnseen, false},
		{"an import is followed from its first byte to its commit", followImport, false},
		{"the light says when the program itself is deaf, and what was missed is caught up", followPastTheListener, false},
		{"without JavaScript a page is what it was when it was loaded", followWithoutScript, true},
		{"an admin rehearses, commits and undoes a deletion, and another window follows", rehearseCommitUndo, false},
		{"an admin rehearses, commits and undoes a deletion without JavaScript", rehearseCommitUndo, true},
		{"a double click orders once", orderTwice, false},
		{"a double click orders once without JavaScript", orderTwice, true},
		{"a lost session loses no words", loseNoWords, false},
		{"a lost session loses no words without JavaScript", loseNoWords, true},
		{"who saves second merges", mergeTwo, false},
		{"who saves second merges without JavaScript", mergeTwo, true},
		{"what is written is kept in the browser until it is saved", keepACopy, false},
		{"an image is pasted, dragged and chosen", pasteAnImage, false},
		{"a file runs neither by its bytes nor by its name", refuseRunning, false},
		{"an author imports a folder", importFolder, false},
		{"what a page must not do is noticed", noticesTrouble, false},
	} {
		t.Run(part.name, func(t *testing.T) { part.try(chrome.window(t, !part.off)) })
	}
}

// chromium is the browser of this test binary.
type chromium struct{ ctx context.Context }

func startChromium(t *testing.T) chromium {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-features", "Translate,OptimizationHints,MediaRouter,PasswordManagerOnboarding"), chromedp.Flag("lang", "en"))
	ctx, end := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(end)
	ctx, closeBrowser := chromedp.NewContext(ctx)
	t.Cleanup(closeBrowser)
	defer time.AfterFunc(time.Minute, closeBrowser).Stop() // a context with a deadline here would end the browser at its end
	switch err := chromedp.Do(ctx); {
	case errors.Is(err, exec.ErrNotFound):
		t.Fatal("These tests need Chromium or Chrome on the PATH, and there is none: `make test` installs Debian's, or `apt install chromium`.")
	case err != nil:
		t.Fatal("Chromium does not start: ", err)
	}
	return chromium{ctx}
}
