# Completion of vault for PowerShell. Made anew by every shell, in $PROFILE: vault completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName vault -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    # The words as they stand in the line: nothing of it is run, and no variable is filled in.
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -le $cursorPosition } | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
    })
    if ($wordToComplete -eq '') { $words += '' }
    $previous = $env:VAULT_COMPLETE
    $env:VAULT_COMPLETE = 'powershell'
    try {
        $answer = @(& @PROGRAM@ '--' $words 2>$null)
    } finally {
        $env:VAULT_COMPLETE = $previous
    }
    # Files and folders are the shell's own: it completes them where there is no other answer.
    if ($answer.Count -lt 2 -or $answer[0] -cne 'words') { return }
    foreach ($candidate in $answer[1..($answer.Count - 1)]) {
        $word, $help = $candidate -split "`t", 2
        $text = $word
        if ($word -cnotmatch '^[A-Za-z0-9_./:-]+$') {
            $text = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($word) + "'"
        }
        if (-not $help) { $help = $word }
        [System.Management.Automation.CompletionResult]::new($text, $word, 'ParameterValue', $help)
    }
}
