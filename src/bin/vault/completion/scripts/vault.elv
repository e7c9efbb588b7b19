# Completion of vault for elvish. Made anew by every shell, in ~/.config/elvish/rc.elv: eval (vault completions elvish | slurp)
set edit:completion:arg-completer[vault] = {|@words|
    var answer = [(env VAULT_COMPLETE=elvish @PROGRAM@ -- $@words 2>/dev/null | from-lines)]
    if (== (count $answer) 0) {
        nop
    } elif (eq $answer[0] words) {
        for word $answer[1..] {
            edit:complex-candidate $word &code-suffix=' '
        }
    } else {
        edit:complete-filename $@words
    }
}
