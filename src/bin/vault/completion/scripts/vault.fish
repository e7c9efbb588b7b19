# Completion of vault for fish. Made anew by every shell, in ~/.config/fish/config.fish: vault completions fish | source
function __vault_complete
    set --local before (commandline --current-process --tokenize --cut-at-cursor)
    set --local current (commandline --current-token --cut-at-cursor)
    set --local answer (VAULT_COMPLETE=fish @PROGRAM@ -- $before "$current" 2>/dev/null)
    switch "$answer[1]"
        case words
            if set --query answer[2]
                printf '%s\n' $answer[2..-1]
            end
        case files
            __fish_complete_path "$current"
        case folders
            __fish_complete_directories "$current"
        case commands
            set --local at (contains --index -- -- $before)
            set --local words (string escape -- $before)
            if test $at -lt (count $before)
                set current (string join ' ' -- $words[(math $at + 1)..-1] "$current")
            end
            complete --do-complete "$current"
    end
end
complete --command vault --erase
complete --command vault --keep-order --exclusive --arguments '(__vault_complete)'
