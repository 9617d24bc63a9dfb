package models

import "strings"

// codeLanguages are the languages of code that is coloured, by the names that people give after the three backticks.
var codeLanguages = func() map[string]*codeLanguage {
	all := map[string]*codeLanguage{}
	for _, l := range []struct {
		names, keywords, constants string
		codeLanguage
	}{
		{"go golang", "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var",
			"true false nil iota", likeC("\"'", "`")},
		{"c h", "auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while",
			"true false NULL", likeC(`"'`)},
		{"cpp c++ cc cxx hpp", "auto bool break case catch char class concept const constexpr continue co_await co_return decltype default delete do double else enum explicit extern float for friend goto if inline int long mutable namespace new noexcept operator override private protected public requires return short signed sizeof static struct switch template this throw try typedef typename union unsigned using virtual void volatile while",
			"true false nullptr NULL", likeC(`"'`)},
		{"csharp cs c#", "abstract as async await base bool break byte case catch char checked class const continue decimal default delegate do double else enum event explicit extern finally fixed float for foreach get goto if implicit in init int interface internal is lock long namespace new object operator out override params private protected public readonly record ref return sbyte sealed set short sizeof static string struct switch this throw try typeof uint ulong using var virtual void volatile while yield",
			"true false null", likeC(`"'`, `"""`)},
		{"java", "abstract assert boolean break byte case catch char class continue default do double else enum extends final finally float for if implements import instanceof int interface long native new package permits private protected public record return sealed short static super switch synchronized this throw throws transient try var void volatile while yield",
			"true false null", likeC(`"'`, `"""`)},
		{"kotlin kt kts", "as break by catch class companion const continue data do else enum finally for fun if import in interface internal is lateinit object open operator override package private protected public return sealed super suspend this throw try typealias val var when while",
			"true false null", likeC(`"'`, `"""`)},
		{"scala", "abstract case catch class def do else enum extends extension final finally for given if implicit import lazy match new object override package private protected return sealed super then this throw trait try type using val var while with yield",
			"true false null", likeC(`"`, `"""`)},
		{"swift", "actor as async await break case catch class continue default defer do else enum extension for func guard if import in init inout internal is let mutating open operator private protocol public repeat rethrows return self static struct subscript super switch throw throws try typealias var where while",
			"true false nil", likeC(`"`, `"""`)},
		{"dart", "abstract as async await break case catch class const continue default do dynamic else enum export extends extension factory final finally for get if implements import in is late library mixin new on operator part required return set static super switch this throw try typedef var void while with yield",
			"true false null", likeC(`"'`, `"""`, `'''`)},
		{"rust rs", "as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait type unsafe use where while",
			"true false None Some Ok Err", likeC(`"`)},
		{"zig", "align and break catch comptime const continue defer else enum errdefer error export extern fn for if inline or orelse packed pub return struct switch test try union usingnamespace var while",
			"true false null undefined", likeC(`"'`)},
		{"javascript js jsx mjs cjs node", scripted, "true false null undefined NaN Infinity", likeC("\"'", "`")},
		{"typescript ts tsx mts", scripted + " abstract any as boolean declare enum implements infer interface is keyof namespace never number private protected public readonly satisfies string type unknown",
			"true false null undefined NaN Infinity", likeC("\"'", "`")},
		{"php", "abstract and array as break case catch class clone const continue declare default do echo else elseif empty enum extends final finally fn for foreach function global if implements include instanceof interface isset match namespace new or print private protected public readonly require require_once return static switch throw trait try unset use var while yield",
			"true false null TRUE FALSE NULL", codeLanguage{line: []string{"//", "#"}, block: [][2]string{{"/*", "*/"}}, quotes: `"'`, sigils: "$"}},
		{"python py py3 python3", "and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield",
			"True False None self cls", codeLanguage{line: []string{"#"}, quotes: `"'`, long: []string{`"""`, `'''`}, sigils: "@"}},
		{"ruby rb", "alias and begin break case class def defined? do else elsif end ensure for if in module next not or raise redo require require_relative rescue retry return self super then undef unless until when while yield",
			"true false nil", codeLanguage{line: []string{"#"}, quotes: `"'`, sigils: "@:$", marks: "?!"}},
		{"perl pl", "and else elsif eq for foreach if last local my ne next no not or our package print redo return sub unless until use while", "undef",
			codeLanguage{line: []string{"#"}, quotes: `"'`, sigils: "$@%"}},
		{"bash sh shell zsh console shell-session fish", "alias break case cd continue do done echo elif else esac eval exec exit export fi for function if in local return set shift source sudo then trap unset until while",
			"true false", codeLanguage{line: []string{"#"}, quotes: `"'`, sigils: "$", marks: "-"}},
		{"powershell ps1 pwsh", "begin break catch continue do else elseif end filter finally for foreach function if in param process return switch throw try until while", "",
			codeLanguage{line: []string{"#"}, block: [][2]string{{"<#", "#>"}}, quotes: `"'`, sigils: "$", marks: "-", fold: true}},
		{"sql postgres postgresql psql plpgsql mysql sqlite", "add all alter and any array as asc begin between by case cast check column commit conflict constraint create cross current database declare default delete desc distinct do drop each else end exists explain for foreign from full function grant group having if in index inner insert into is join key language lateral left like limit loop materialized natural not of offset on or order outer over partition perform primary raise references replace return returning returns revoke right rollback row rows select set table then to transaction trigger truncate union unique update using values view when where while window with",
			"true false null", codeLanguage{fold: true, line: []string{"--"}, block: [][2]string{{"/*", "*/"}}, quotes: `'"`}},
		{"lua", "and break do else elseif end for function goto if in local not or repeat return then until while", "true false nil",
			codeLanguage{block: [][2]string{{"--[[", "]]"}}, line: []string{"--"}, quotes: `"'`}},
		{"haskell hs", "case class data deriving do else forall if import in infix infixl infixr instance let module newtype of qualified then type where", "True False Nothing Just",
			codeLanguage{block: [][2]string{{"{-", "-}"}}, line: []string{"--"}, quotes: `"`, marks: "'"}},
		{"elixir ex exs", "after alias and case catch cond def defimpl defmodule defp defprotocol defstruct do else end fn for if import in not or quote raise receive require rescue try unless use when with", "true false nil",
			codeLanguage{line: []string{"#"}, quotes: `"'`, long: []string{`"""`}, sigils: "@:", marks: "?!"}},
		{"r", "break else for function if in library next repeat return while", "TRUE FALSE NULL NA Inf NaN", codeLanguage{line: []string{"#"}, quotes: `"'`, marks: "."}},
		{"lisp clojure clj scheme elisp", "and case cond def defmacro defn defun define do fn if lambda let loop ns or quote recur require setq when", "nil true false t",
			codeLanguage{line: []string{";"}, quotes: `"`, sigils: ":", marks: "-?!*"}},
		{"json json5 jsonc", "", "true false null", codeLanguage{line: []string{"//"}, block: [][2]string{{"/*", "*/"}}, quotes: `"`, keys: ":"}},
		{"yaml yml", "", "true false null yes no on off", codeLanguage{line: []string{"#"}, quotes: `"'`, keys: ":", marks: "-./"}},
		{"toml ini conf cfg dotenv env properties", "", "true false on off", codeLanguage{line: []string{"#", ";"}, quotes: `"'`, keys: "=", marks: "-."}},
		{"css scss sass less", "important media supports keyframes import include mixin extend use layer container from to", "inherit initial unset none auto",
			codeLanguage{line: []string{"//"}, block: [][2]string{{"/*", "*/"}}, quotes: `"'`, keys: ":", sigils: "@$#", marks: "-"}},
		{"html xml svg vue xhtml svelte htm", "", "", codeLanguage{markup: true, block: [][2]string{{"<!--", "-->"}}, quotes: `"'`, marks: "-:"}},
		{"dockerfile docker containerfile", "add arg as cmd copy entrypoint env expose from healthcheck label maintainer onbuild run shell stopsignal user volume workdir", "",
			codeLanguage{fold: true, line: []string{"#"}, quotes: `"'`, sigils: "$"}},
		{"makefile make mk", "define else endef endif export ifdef ifeq ifndef ifneq include override", "", codeLanguage{line: []string{"#"}, quotes: `"'`, sigils: "$", keys: ":=", marks: "-."}},
		{"nginx", "events http if location map return server set upstream", "on off", codeLanguage{line: []string{"#"}, quotes: `"'`, sigils: "$"}},
		{"hcl terraform tf", "data for if in locals module output provider resource terraform variable", "true false null",
			codeLanguage{line: []string{"#", "//"}, block: [][2]string{{"/*", "*/"}}, quotes: `"`, keys: "=", marks: "-"}},
		{"graphql gql", "directive enum extend fragment implements input interface mutation on query scalar schema subscription type union", "true false null",
			codeLanguage{line: []string{"#"}, quotes: `"`, long: []string{`"""`}, sigils: "$@"}},
		{"protobuf proto", "enum extend import message oneof option optional package repeated required reserved returns rpc service stream syntax", "true false", likeC(`"'`)},
		{"diff patch", "", "", codeLanguage{diff: true}},
	} {
		language := l.codeLanguage
		language.keywords, language.constants = wordSet(l.keywords), wordSet(l.constants)
		for _, name := range strings.Fields(l.names) {
			all[name] = &language
		}
	}
	return all
}()

const scripted = "async await break case catch class const continue debugger default delete do else export extends finally for from function get if import in instanceof let new of return set static super switch this throw try typeof var void while with yield"

// likeC are the languages with the comments of C. The strings of several lines are given last.
func likeC(quotes string, long ...string) codeLanguage {
	return codeLanguage{line: []string{"//"}, block: [][2]string{{"/*", "*/"}}, quotes: quotes, long: long}
}

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(words) {
		set[word] = true
	}
	return set
}
