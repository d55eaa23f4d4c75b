/**
 * Who may import whom, by folder of src/ (style: lower layers never know higher ones). Every schema.ts, problems.ts and
 * secret.ts are open to everybody above layer 2's database and are not listed. A value with a slash names one file.
 */
export const allowed: Record<string, readonly string[]> = {
  'problems.ts': [],
  'secret.ts': [],
  'config-values.ts': [],
  'config-fleet.ts': ['config-values.ts'],
  'config-settings.ts': ['config-fleet.ts', 'config-values.ts'],
  'config.ts': ['config-settings.ts', 'config-values.ts'],
  http: [],
  db: ['problems.ts'],
  observe: [],
  audit: ['http', 'db', 'observe'],
  people: ['http', 'db', 'observe', 'audit'],
  projects: ['http', 'db', 'observe', 'audit', 'people/managed.ts'],
  fleet: ['http', 'db', 'observe', 'audit'],
  credentials: ['http', 'db', 'observe', 'audit', 'projects'],
  servers: ['http', 'db', 'observe', 'audit', 'people/managed.ts', 'projects', 'credentials'],
  providers: ['http', 'db', 'observe', 'audit', 'people/managed.ts', 'projects', 'fleet', 'credentials'],
  limits: ['http', 'db', 'observe', 'audit', 'people', 'projects', 'fleet'],
  budgets: ['http', 'db', 'observe', 'audit', 'people', 'projects', 'fleet', 'limits'],
  requests: ['http', 'db', 'observe', 'audit', 'people', 'projects', 'fleet', 'usage'],
  findings: ['http', 'db', 'observe', 'audit', 'people', 'projects', 'usage', 'requests'],
  'access-requests': ['http', 'db', 'observe', 'audit', 'people', 'projects', 'fleet'],
  notifications: ['http', 'db', 'observe', 'audit', 'people', 'projects', 'webhooks', 'fleet'],
  catalogs: ['http', 'db', 'observe', 'audit', 'people', 'servers', 'providers'],
  usage: ['http', 'db', 'observe', 'audit', 'people', 'fleet'],
  webhooks: ['http', 'db', 'observe', 'audit', 'people', 'projects', 'fleet', 'credentials'],
  keys: [
    'http',
    'db',
    'observe',
    'audit',
    'people',
    'projects',
    'servers',
    'providers',
    'fleet',
    'usage',
    'limits',
    'budgets',
  ],
  leaks: ['http', 'db', 'observe', 'audit', 'people', 'fleet', 'keys'],
  apps: ['http', 'db', 'observe', 'audit', 'people', 'projects', 'servers', 'providers', 'keys'],
  clients: ['http'],
  access: ['keys', 'apps', 'catalogs', 'servers', 'providers', 'projects', 'people'],
  control: [
    'http',
    'db',
    'observe',
    'audit',
    'people',
    'projects',
    'fleet',
    'credentials',
    'servers',
    'providers',
    'catalogs',
    'keys',
    'apps',
    'usage',
    'webhooks',
    'limits',
    'budgets',
    'requests',
    'findings',
    'notifications',
    'access-requests',
    'leaks',
    'clients',
    'access',
    'config.ts',
  ],
  gateway: ['http', 'observe', 'audit', 'fleet', 'credentials', 'keys', 'access', 'config.ts'],
  host: [
    'http',
    'db',
    'observe',
    'audit',
    'people',
    'projects',
    'fleet',
    'credentials',
    'servers',
    'providers',
    'catalogs',
    'keys',
    'apps',
    'config.ts',
  ],
  cli: [
    'config.ts',
    'config-settings.ts',
    'config-values.ts',
    'keys/token.ts',
    'keys/recognise.ts',
    'keys/secret-patterns.data.ts',
    'providers/base-url.ts',
    'providers/presets.data.ts',
    'clients/places.data.ts',
    'audit/chain.ts',
    'audit/checkpoint.ts',
    'audit/diagnose.ts',
    'audit/lines.ts',
    'audit/verifier.ts',
  ],
  serve: ['config.ts', 'observe'],
  'serve.ts': ['serve', 'config.ts', 'observe'],
  'main.ts': ['serve.ts', 'serve', 'config.ts', 'observe', 'cli', 'host', 'control/compose.ts', 'gateway/compose.ts'],
}

/** Files at the top of src/ that are layers of their own. */
export const rootFiles: readonly string[] = [
  'problems.ts',
  'secret.ts',
  'config.ts',
  'config-fleet.ts',
  'config-settings.ts',
  'config-values.ts',
  'serve.ts',
  'main.ts',
]

/** Third-party packages and the places below src/ that may import them. */
export const packagesOf: Record<string, readonly string[]> = {
  zod: [''],
  kysely: ['db/', '*/store.ts'],
  pg: ['db/'],
  fastify: ['control/', 'http/'],
  undici: [
    'gateway/forward',
    'gateway/outbound.ts',
    'gateway/llm/',
    'gateway/peers/',
    'gateway/prepared.ts',
    'gateway/mcp/sse/',
    'gateway/egress.ts',
  ],
  ws: ['fleet/', 'control/', 'gateway/compose.ts'],
  '@node-rs/argon2': ['keys/', 'people/passwords/'],
  cookie: ['people/sessions/', 'control/sign-in/'],
  otpauth: ['people/second-factor/'],
  uqr: ['people/second-factor/'],
  'openid-client': ['people/identity-providers/'],
  yaml: ['cli/configuration/'],
  '@modelcontextprotocol/client': ['gateway/mcp/health', 'gateway/mcp/probe', 'gateway/mcp/aggregate'],
  '@modelcontextprotocol/server': ['gateway/mcp/aggregate'],
  pino: ['observe/'],
  'prom-client': ['observe/'],
  commander: ['cli/', 'main.ts'],
  jose: ['keys/children/', 'gateway/children/'],
  standardwebhooks: ['webhooks/'],
  nodemailer: ['notifications/'],
  '@pydantic/genai-prices': ['providers/'],
}

/** Packages of the dashboard; besides them it may import nothing but shapes and problems (test/boundaries.test.ts). */
export const dashboardPackages: readonly string[] = [
  'react',
  'react-dom',
  '@mantine/core',
  '@mantine/hooks',
  '@mantine/form',
  '@mantine/dates',
  '@mantine/charts',
  '@mantine/notifications',
  '@mantine/spotlight',
  '@tanstack/react-query',
  '@tanstack/react-router',
  '@tabler/icons-react',
  'get-nonce',
  'zod',
]

type Unreachable = {
  readonly from: string
  readonly what: string
  readonly because: string
  readonly match: (file: string) => boolean
  /** Do not walk through these: they are allowed and looked at by another rule. */
  readonly stopAt?: (file: string) => boolean
}

/** What must not be reachable through allowed steps, each with its reason. */
export const unreachable: readonly Unreachable[] = [
  {
    from: 'src/gateway/',
    what: 'a store or the database',
    because: 'the gateway is handed lookups, it has no database',
    match: (file) => file.endsWith('/store.ts') || (file.startsWith('src/db/') && file !== 'src/db/tables.ts'),
  },
  {
    from: 'src/gateway/',
    what: 'the control plane',
    because: 'the two planes meet on the feed only',
    match: (file) => file.startsWith('src/control/'),
  },
  {
    from: 'src/control/',
    what: 'the data plane',
    because: 'the two planes meet on the feed only',
    match: (file) => file.startsWith('src/gateway/'),
  },
  {
    from: 'src/cli/',
    what: 'anything but shapes, problems, configuration and the pure token grammar',
    because: 'clients see shapes, not code',
    match: (file) =>
      !file.startsWith('src/cli/') &&
      !file.endsWith('/schema.ts') &&
      !/^src\/config[a-z-]*\.ts$/.test(file) &&
      ![
        'src/problems.ts',
        'src/secret.ts',
        'src/keys/token.ts',
        'src/keys/recognise.ts',
        'src/keys/secret-patterns.data.ts',
        'src/providers/base-url.ts',
        'src/providers/presets.data.ts',
        'src/clients/places.data.ts',
        'src/audit/chain.ts',
        'src/audit/checkpoint.ts',
        'src/audit/diagnose.ts',
        'src/audit/lines.ts',
        'src/audit/verifier.ts',
      ].includes(file),
  },
  {
    from: 'src/gateway/mcp/pass.ts',
    what: 'the MCP SDK wrapper',
    because: 'the pass-through path forwards bytes and never re-reads them through an SDK',
    match: (file) => file.includes('/mcp/health') || file.includes('/mcp/aggregate'),
  },
]

/** Words that only say that the code helps, or that everything could be in there. */
export const forbiddenNames =
  /^(utils?|common|misc|shared|types?|services?|managers?|index|helpers?|lib|core|base|stuff)$/
