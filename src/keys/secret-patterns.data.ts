/**
 * Forms of other people's secrets, for the places that must not hold one. Ours are in recognise.ts, where a checksum makes
 * them certain. Every repeat is bounded and every form begins with fixed characters, so that a hostile text costs linear
 * time. `shown` is how many of the first characters a preview may name: what says whose it is, nothing of the secret.
 */
export const secretPatterns = [
  { kind: 'private-key', shown: 10, pattern: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g },
  { kind: 'private-key', shown: 15, pattern: /AGE-SECRET-KEY-1[0-9A-Z]{58}/g },
  { kind: 'github-token', shown: 4, pattern: /gh[pousr]_[A-Za-z0-9]{36,251}/g },
  { kind: 'github-token', shown: 11, pattern: /github_pat_[A-Za-z0-9_]{36,251}/g },
  { kind: 'gitlab-token', shown: 5, pattern: /gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent)-[A-Za-z0-9_.-]{20,300}/g },
  { kind: 'aws-access-key', shown: 4, pattern: /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])/g },
  {
    kind: 'aws-secret-key',
    shown: 3,
    pattern: /aws.{0,20}(?:secret|private|sk|key).{0,20}["'\s:=]{1,4}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/gi,
  },
  { kind: 'slack-token', shown: 4, pattern: /xox[abceoprs]-(?:[0-9]-)?[A-Za-z0-9-]{10,250}/g },
  { kind: 'slack-token', shown: 4, pattern: /xapp-[0-9]-[A-Z0-9]{5,30}-[0-9]{5,30}-[a-z0-9]{10,128}/g },
  {
    kind: 'slack-webhook',
    shown: 5,
    pattern: /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9+/]{20,128}/g,
  },
  {
    kind: 'discord-webhook',
    shown: 7,
    pattern: /discord(?:app)?\.com\/api\/webhooks\/[0-9]{15,25}\/[A-Za-z0-9_-]{40,100}/g,
  },
  { kind: 'anthropic-key', shown: 7, pattern: /sk-ant-[A-Za-z0-9_-]{20,300}/g },
  { kind: 'openrouter-key', shown: 6, pattern: /sk-or-[A-Za-z0-9_-]{20,300}/g },
  // A word such as sk-learn-… has no capital and no digit.
  {
    kind: 'openai-key',
    shown: 3,
    pattern: /(?<![A-Za-z0-9])sk-(?=[A-Za-z_-]{0,200}[0-9])(?=[a-z0-9_-]{0,200}[A-Z])[A-Za-z0-9_-]{20,300}/g,
  },
  { kind: 'deepseek-key', shown: 3, pattern: /(?<![A-Za-z0-9])sk-[0-9a-f]{32}(?![A-Za-z0-9])/g },
  { kind: 'groq-key', shown: 4, pattern: /gsk_[A-Za-z0-9]{40,64}/g },
  { kind: 'xai-key', shown: 4, pattern: /xai-[A-Za-z0-9]{60,100}/g },
  { kind: 'perplexity-key', shown: 5, pattern: /pplx-[A-Za-z0-9]{40,64}/g },
  { kind: 'hugging-face-token', shown: 3, pattern: /(?<![A-Za-z0-9])hf_[A-Za-z]{30,40}(?![A-Za-z0-9])/g },
  { kind: 'google-key', shown: 4, pattern: /AIza[A-Za-z0-9_-]{35}/g },
  { kind: 'google-oauth', shown: 7, pattern: /GOCSPX-[A-Za-z0-9_-]{28}/g },
  { kind: 'google-oauth', shown: 5, pattern: /ya29\.[A-Za-z0-9_-]{20,300}/g },
  { kind: 'stripe-key', shown: 8, pattern: /(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10,250}/g },
  { kind: 'webhook-secret', shown: 6, pattern: /whsec_[A-Za-z0-9+/=]{24,128}/g },
  { kind: 'npm-token', shown: 4, pattern: /npm_[A-Za-z0-9]{36}/g },
  { kind: 'pypi-token', shown: 5, pattern: /pypi-AgE[A-Za-z0-9_-]{50,300}/g },
  { kind: 'docker-token', shown: 9, pattern: /dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,64}/g },
  { kind: 'digitalocean-token', shown: 4, pattern: /do[opr]_v1_[a-f0-9]{64}/g },
  { kind: 'sendgrid-key', shown: 3, pattern: /SG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}/g },
  { kind: 'vault-token', shown: 4, pattern: /hv[sbr]\.[A-Za-z0-9_-]{24,300}/g },
  { kind: 'shopify-token', shown: 6, pattern: /shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}/g },
  { kind: 'linear-key', shown: 8, pattern: /lin_api_[A-Za-z0-9]{40}/g },
  { kind: 'notion-token', shown: 4, pattern: /ntn_[A-Za-z0-9]{40,60}/g },
  { kind: 'cloudflare-token', shown: 4, pattern: /cf(?:k|ut|at)_[A-Za-z0-9]{40,64}/g },
  { kind: 'telegram-token', shown: 0, pattern: /(?<![0-9])[0-9]{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/g },
  { kind: 'azure-key', shown: 11, pattern: /(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{40,100}={0,2}/g },
  { kind: 'jwt', shown: 3, pattern: /eyJ[A-Za-z0-9_-]{10,600}\.eyJ[A-Za-z0-9_-]{5,1500}\.[A-Za-z0-9_-]{20,700}/g },
  {
    kind: 'authorization-header',
    shown: 0,
    pattern:
      /(?:proxy-)?authorization["']?\s{0,4}[:=]\s{0,4}["']?(?:[a-z]{3,12}\s{1,4})?[A-Za-z0-9+/=._~-]{8,512}|x-api-key["']?\s{0,4}[:=]\s{0,4}["']?[A-Za-z0-9+/=._~-]{8,512}/gi,
  },
  {
    kind: 'bearer-token',
    shown: 6,
    pattern: /(?<![A-Za-z0-9])bearer\s{1,4}(?=[A-Za-z+/=._~-]{0,64}[0-9])[A-Za-z0-9+/=._~-]{16,512}/gi,
  },
  {
    kind: 'basic-credentials',
    shown: 5,
    pattern: /(?<![A-Za-z0-9])basic\s{1,4}(?=[A-Za-z+/]{0,64}[0-9=])[A-Za-z0-9+/]{16,512}={0,2}/gi,
  },
  { kind: 'url-with-password', shown: 0, pattern: /[a-z][a-z0-9+.-]{1,15}:\/\/[^\s/:@?#]{0,128}:[^\s/@?#]{1,256}@/gi },
  {
    kind: 'assigned-secret',
    shown: 0,
    pattern:
      /(?:password|passwd|passphrase|client[_-]?secret|secret[_-]?(?:access[_-]?)?key|api[_-]?key|private[_-]?key|access[_-]?token|refresh[_-]?token|auth[_-]?token)["']?\s{0,4}[:=]\s{0,4}["']?[^\s"',;]{6,256}/gi,
  },
] as const

/** Member names whose value is a secret by what they say, whatever it looks like. */
export const secretNames =
  /^(?:.{0,40}[_.-])?(?:password|passwd|passphrase|secret|client[_-]?secret|secret[_-]?key|secret[_-]?access[_-]?key|api[_-]?key|private[_-]?key|access[_-]?token|refresh[_-]?token|auth[_-]?token|authorization)$/i

/** As scanners of others are given them (rules/): no look-around, one capture at most, and nothing of ours to count. */
export const publishedPatterns = {
  token: '\\bost[kuag]_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}\\b',
  child: '\\boste_[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{86}\\b',
} as const
