/**
 * Which models think where nobody sees it. `false` only where it is known that they never do unless a call asks for it:
 * everything else may be thinking, and is paid for as if it were. Names as providers have them; of `maker/model` the end.
 */
export const neverThinks: readonly RegExp[] = [
  /^gpt-3\.5-turbo(-\d{4}|-16k|-instruct)?$/,
  /^gpt-4(-\d{4}|-32k|-turbo|-turbo-\d{4}-\d{2}-\d{2}|-turbo-preview|-vision-preview)?$/,
  /^gpt-4o(-mini)?(-\d{4}-\d{2}-\d{2})?$/,
  /^chatgpt-4o-latest$/,
  /^gpt-4\.1(-mini|-nano)?(-\d{4}-\d{2}-\d{2})?$/,
  /^gpt-4\.5-preview/,
  /^text-embedding-/,
  /^claude-(2|3)(\.\d|-5|-7)?-?(haiku|sonnet|opus)?(-latest|-\d{8})?$/,
  /^claude-(opus|sonnet)-4(-0|-1|-5)?(-\d{8})?$/,
  /^claude-haiku-4-5(-\d{8})?$/,
  /^gemini-(1\.5-(flash|flash-8b|pro)|2\.0-flash|2\.0-flash-lite)(-00\d)?$/,
  /^(gemini-)?embedding-|^gemini-embedding-/,
  /^(codestral|ministral-(3b|8b)|mistral-(7b|tiny|nemo|saba|embed)|pixtral-(12b|large)|open-mi[a-z0-9-]+)(-latest|-\d{4})?$/,
  /^deepseek-chat$/,
  /^grok-(2-1212|2-vision-1212|3|3-fast)$/,
  /^grok-4(-1)?-fast-non-reasoning$/,
  /^llama-3\.[123]-\d+b-(instant|versatile|text-preview|vision-preview|preview)$/i,
  /^(Meta-)?Llama-3(\.[123])?-\d+B-(Instruct|chat)/i,
]

export const alwaysThinks: readonly RegExp[] = [
  /^o[134](-|$)/,
  /^gpt-5(?!.*chat)/,
  /^deepseek-reasoner$/,
  /^magistral-/,
]
