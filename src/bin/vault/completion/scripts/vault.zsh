# Completion of vault for zsh. Made anew by every shell, in ~/.zshrc behind compinit: source <(vault completions zsh)
_vault_complete() {
    local -a answer values shown
    local entry
    answer=("${(@f)$(VAULT_COMPLETE=zsh @PROGRAM@ -- "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    case $answer[1] in
        words)
            for entry in "${(@)answer[2,-1]}"; do
                values+=("${entry%%$'\t'*}")
                shown+=("${entry/$'\t'/  -- }")
            done
            (( $#values )) && compadd -V vault -l -d shown -a values
            ;;
        files)
            compset -P 1 '--[^=]##='
            _files
            ;;
        folders)
            compset -P 1 '--[^=]##='
            _files -/
            ;;
        commands)
            local -i before=${words[(i)--]}
            shift $before words
            (( CURRENT -= before ))
            _normal
            ;;
    esac
}
if (( $+functions[compdef] )); then
    compdef _vault_complete vault
else
    print -u2 'vault: completion in zsh needs this line before it: autoload -Uz compinit && compinit'
fi
