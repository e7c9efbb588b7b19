# Completion of vault for bash. Made anew by every shell, in ~/.bashrc: source <(vault completions bash)
_vault_complete() {
    local kind= word at
    COMPREPLY=()
    {
        IFS= read -r kind
        while IFS= read -r word; do
            COMPREPLY+=("$word")
        done
    } < <(VAULT_COMPLETE=bash @PROGRAM@ -- "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
    case $kind in
    files) compopt -o default ;;
    folders) compopt -o dirnames ;;
    commands)
        compopt -o default
        for ((at = 1; at < COMP_CWORD; at++)); do
            [[ ${COMP_WORDS[at]} != -- ]] || break
        done
        if ((at + 1 < COMP_CWORD)) && declare -F _command_offset >/dev/null; then
            _command_offset $((at + 1))
        elif ((at + 1 == COMP_CWORD)); then
            while IFS= read -r word; do
                COMPREPLY+=("$word")
            done < <(compgen -c -- "$2")
        fi
        ;;
    esac 2>/dev/null
}
complete -F _vault_complete vault
