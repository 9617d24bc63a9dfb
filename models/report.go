package models

// sayNoReport is for who reports a post without saying why.
var sayNoReport = Say("Say in a line what is wrong.")
