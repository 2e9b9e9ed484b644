# bash completion for jiebangctl; made by: jiebangctl completion bash
_jiebangctl()
{
	local cur prev words cword word
	if declare -F _get_comp_words_by_ref >/dev/null; then
		_get_comp_words_by_ref -n :=, cur prev words cword
	else
		cur=${COMP_WORDS[COMP_CWORD]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
	fi
	COMPREPLY=()
	while IFS= read -r word; do
		if [ "$word" = "<file>" ]; then
			compopt -o default 2>/dev/null
		else
			COMPREPLY+=("$word")
		fi
	done < <("${words[0]}" __complete -- "${words[@]:1:cword}" 2>/dev/null)
	if declare -F __ltrim_colon_completions >/dev/null; then
		__ltrim_colon_completions "$cur"
	fi
}
complete -F _jiebangctl jiebangctl
