/** Bugs and advisories of products like ours, each with the test that shows we do not have it, or with what it waits for. */
export type PeerBug = { readonly ids: readonly string[]; readonly peer: string; readonly what: string } & (
  | { readonly tried: readonly Tried[] }
  | { readonly comesWith: string }
)
/** A test by its file and a piece of its title. */
type Tried = readonly [file: string, title: string]

const here = 'test/peers-bugs.test.ts'
const children = 'test/peers-bugs-stdio.test.ts'
const product = 'test/peers-bugs-product.test.ts'
const list = 'test/peers-bugs-list.test.ts'
const together = 'test/peers-bugs-aggregate.test.ts'
const sessions: readonly Tried[] = [
  ['test/attacks-upstream.test.ts', 'a session is worth something to its own key at its own server only'],
  ['src/gateway/mcp/sessions.test.ts', 'another key, server or organization has no such session'],
  ['src/gateway/mcp/stdio/bridge.test.ts', 'a session of another key is unknown, to calls, streams and its end alike'],
]
const members: readonly Tried[] = [
  ['src/gateway/mcp/message.test.ts', 'could be read in another way and is refused'],
  ['src/gateway/mcp/message.test.ts', 'no text with a doubled member is accepted'],
]
const oneChild: readonly Tried[] = [
  ['src/gateway/mcp/stdio/life.test.ts', 'a burst of first calls starts one child'],
  [children, 'a hundred sessions that come and go are one child'],
]
const pages: readonly Tried[] = [
  ['src/gateway/mcp/filter-list.test.ts', 'the cursor and every other member'],
  [together, 'every page of every server is in the one list'],
]
const forgotten: readonly Tried[] = [[together, 'a server that forgot its session is greeted anew']]

export const peersBugs: readonly PeerBug[] = [
  // Who is it
  {
    ids: ['CVE-2026-42208'],
    peer: 'LiteLLM',
    what: 'SQL injection through the Bearer value, before any authentication',
    tried: [
      [here, 'CVE-2026-42208 a Bearer value of SQL is a wrong key'],
      [product, 'CVE-2026-42208 a management token of SQL is none'],
    ],
  },
  {
    ids: ['CVE-2026-35030'],
    peer: 'LiteLLM',
    what: 'a cache of verdicts that was keyed by the first 20 characters of a token',
    tried: [[here, 'CVE-2026-35030 two tokens that begin alike']],
  },
  {
    ids: ['CVE-2026-12773'],
    peer: 'LiteLLM',
    what: 'the MCP path swallowed a 401 and went on with a default identity',
    tried: [[here, 'CVE-2026-12773 context-forge-3812 without a right key']],
  },
  {
    ids: ['context-forge-3812'],
    peer: 'IBM ContextForge',
    what: 'no authentication on the path of a virtual server',
    tried: [[here, 'CVE-2026-12773 context-forge-3812 without a right key']],
  },
  {
    ids: ['context-forge-4671'],
    peer: 'IBM ContextForge',
    what: 'scopes of a token were ignored on more than a hundred routes',
    tried: [['test/roles-scopes.test.ts', 'does that and nothing else']],
  },
  {
    ids: ['CVE-2026-35029'],
    peer: 'LiteLLM',
    what: 'routes that change the configuration asked for no role',
    tried: [
      ['test/roles.test.ts', 'the table of calls is what is mounted'],
      ['src/control/app.test.ts', 'every route that is not public answers a stranger with 401'],
    ],
  },
  {
    ids: ['GHSA-qqcv-vg9f-5rr3'],
    peer: 'LiteLLM',
    what: 'routes of teams asked for no role',
    tried: [['test/roles-people.test.ts', 'B22 a member gives nothing of his away to others']],
  },
  {
    ids: ['GHSA-69x8-hrgq-fjj8'],
    peer: 'LiteLLM',
    what: 'unsalted hashes of passwords, told by the API and taken as passwords',
    tried: [
      [here, 'GHSA-69x8-hrgq-fjj8 what is stored of a secret opens nothing'],
      ['src/keys/hash.test.ts', 'C08 a secret is stored as Argon2id'],
    ],
  },
  {
    ids: ['agentgateway-2191'],
    peer: 'agentgateway',
    what: 'keys were compared in a time that tells how much of them is right',
    tried: [['src/keys/hash.test.ts', 'C10 gates are equal when all 32 bits are']],
  },
  {
    ids: ['GHSA-g53w-w6mj-hrpp'],
    peer: 'Kuadrant',
    what: 'a built-in default secret let a header lead a call to another server',
    tried: [[here, 'GHSA-g53w-w6mj-hrpp no header of a caller leads the call elsewhere']],
  },
  {
    ids: ['klai-1198'],
    peer: 'klai',
    what: 'a session was opened before the caller was known: 200 calls, 200 left behind',
    tried: [[here, 'klai-1198 two hundred strangers']],
  },
  {
    ids: ['jentic-one-1257'],
    peer: 'jentic-one',
    what: '401s side by side broke the sign-in of mcp-remote',
    tried: [[here, 'jentic-one-1257 GETs side by side without a key']],
  },
  {
    ids: ['portkey-1657'],
    peer: 'Portkey',
    what: 'the stream of the log was open to everybody',
    tried: [
      ['src/control/app.test.ts', 'every route that is not public answers a stranger with 401'],
      ['src/control/app.test.ts', 'metrics are for this machine and the operator'],
    ],
  },
  {
    ids: ['CVE-2025-64443'],
    peer: 'Docker MCP gateway',
    what: 'DNS rebinding, and no authentication on local HTTP',
    tried: [['test/attacks-wire.test.ts', 'CVE-2025-66414 CVE-2025-64443 Host:']],
  },
  {
    ids: ['CVE-2025-49596'],
    peer: 'MCP Inspector',
    what: 'a proxy that starts commands for whoever reaches its port',
    tried: [
      ['test/attacks-wire.test.ts', 'CVE-2025-66414 CVE-2025-64443 Host:'],
      [product, 'CVE-2026-30623 CVE-2026-42271 CVE-2025-49596 no call but that for a server takes a command'],
    ],
  },
  // What is called
  {
    ids: ['GHSA-4gph-2hhr-5mwg'],
    peer: 'Envoy AI Gateway',
    what: 'a member in another case named another tool than the one that was authorized',
    tried: members,
  },
  { ids: ['CVE-2026-27896'], peer: 'MCP Go SDK', what: 'members were read in any case', tried: members },
  { ids: ['GHSA-wvj2-96wp-fq3f'], peer: 'MCP Go SDK', what: 'the same, by its other name', tried: members },
  { ids: ['GHSA-q382-vc8q-7jhj'], peer: 'MCP Go SDK', what: 'members were read with a NUL inside', tried: members },
  { ids: ['go-sdk-805'], peer: 'MCP Go SDK', what: 'the report of the same', tried: members },
  { ids: ['docker-mcp-gateway-418'], peer: 'Docker MCP gateway', what: 'the same in a gateway', tried: members },
  {
    ids: ['mcp-go-928'],
    peer: 'mcp-go',
    what: 'headers that say something else than the body were believed or not looked at',
    tried: [
      [here, 'a header that names %s over a body that calls %s is refused'],
      ['src/gateway/mcp/message.test.ts', 'headers do not lie about the body'],
    ],
  },
  {
    ids: ['toolhive-5745', 'lobu-1328', 'deploy-gate-59', 'pipelock-335'],
    peer: 'ToolHive, lobu, deploy-gate, pipelock',
    what: 'a batch went past what looks at one call',
    tried: [[here, '%s a batch is refused whole']],
  },
  {
    ids: ['gh-aw-mcpg-3332'],
    peer: 'GitHub MCP gateway',
    what: 'the list was filtered and the call was not',
    tried: [['src/gateway/tools.test.ts', 'what the list leaves out is refused and what it shows is called']],
  },
  {
    ids: ['CVE-2026-29791'],
    peer: 'agentgateway',
    what: 'arguments of a tool became other parts of an HTTP call',
    tried: [
      [here, 'CVE-2026-29791 what stands behind a server’s name'],
      ['test/attacks-wire.test.ts', 'a control character in a header'],
    ],
  },
  // Whose answer, whose session
  {
    ids: ['CVE-2026-25536'],
    peer: 'MCP TypeScript SDK',
    what: 'a shared transport sent answers to the wrong client',
    tried: [
      [here, 'CVE-2026-25536 two clients with the same ids never get each other’s answers'],
      ['src/gateway/mcp/stdio/bridge.test.ts', 'CVE-2026-25536 ten clients with equal ids'],
      ['src/gateway/mcp/stdio/modern.test.ts', 'CVE-2026-25536 modern clients with equal ids'],
      [together, 'CVE-2026-25536 clients with equal ids get their own answers'],
    ],
  },
  {
    ids: [
      'GHSA-f6c5-f2ph-7x7p',
      'mcp-gateway-registry-1357',
      'yuzu-4754',
      'mailpouch-264',
      'memwal-491',
      'agentgateway-2397',
    ],
    peer: 'Repliers MCP server, MCP Gateway Registry, Yuzu, mailpouch, MemWal, agentgateway',
    what: 'a session could be used by another caller',
    tried: sessions,
  },
  {
    ids: ['agentgateway-754', 'agentgateway-573'],
    peer: 'agentgateway',
    what: 'sessions in memory broke with the second replica',
    tried: [
      ['src/gateway/mcp/sessions.test.ts', 'any gateway of the organization opens the session of an HTTP server'],
    ],
  },
  {
    ids: ['context-forge-5484'],
    peer: 'IBM ContextForge',
    what: 'with or without sessions was one switch for all servers',
    tried: [[here, 'context-forge-5484 one server with sessions and one without']],
  },
  { ids: ['agentgateway-3622'], peer: 'agentgateway', what: 'a lost session was not opened again', tried: forgotten },
  { ids: ['metamcp-166'], peer: 'MetaMCP', what: 'a lost session was not opened again', tried: forgotten },
  { ids: ['metamcp-283'], peer: 'MetaMCP', what: 'the repair of the same', tried: forgotten },
  // Lists and names
  {
    ids: ['mcp-proxy-233'],
    peer: 'mcp-proxy',
    what: 'the cursor was dropped, and clients asked for ever',
    tried: pages,
  },
  { ids: ['agentgateway-3476'], peer: 'agentgateway', what: 'only the first page was told', tried: pages },
  { ids: ['xcodemcpkit-206'], peer: 'XcodeMCPKit', what: 'pages were lost', tried: pages },
  {
    ids: ['agentgateway-495'],
    peer: 'agentgateway',
    what: 'a second server renamed every tool of the first',
    tried: [[together, 'agentgateway-495 a server that comes later renames nothing']],
  },
  {
    ids: ['agentgateway-1478'],
    peer: 'agentgateway',
    what: 'resources got a scheme that is none',
    tried: [[together, 'agentgateway-1478 a resource keeps a scheme that is one']],
  },
  {
    ids: ['envoy-ai-gateway-2228'],
    peer: 'Envoy AI Gateway',
    what: 'links inside answers named resources that nobody could read',
    tried: [[together, 'envoy-ai-gateway-2228 a resource that an answer holds can be read by its name there']],
  },
  {
    ids: ['agentgateway-2531', 'envoy-ai-gateway-2425'],
    peer: 'agentgateway, Envoy AI Gateway',
    what: 'pages inside a client call tools by the bare name, which a prefix had taken',
    tried: [['test/clients.test.ts', 'calls a tool of %s through the gateway']],
  },
  // Child processes
  {
    ids: ['supergateway-103', 'supergateway-108', 'supergateway-111', 'supergateway-148', 'supergateway-151'],
    peer: 'supergateway',
    what: 'a child for every call, and none was ended',
    tried: oneChild,
  },
  {
    ids: ['supergateway-141', 'supergateway-160'],
    peer: 'supergateway',
    what: 'a session with an open stream never ended',
    tried: [
      [children, 'is ended in time, although a client holds a stream open'],
      ['src/gateway/mcp/stdio/life.test.ts', 'no child outlives the absolute limit'],
    ],
  },
  {
    ids: ['supergateway-116'],
    peer: 'supergateway',
    what: 'one client that left ended the process of all',
    tried: [[children, 'supergateway-116 goes on for everybody else']],
  },
  {
    ids: ['metamcp-162'],
    peer: 'MetaMCP',
    what: '2,018 processes and 38 GB in two weeks',
    tried: [
      ['src/gateway/mcp/stdio/life.test.ts', 'over the cap of children the next is told to come back'],
      ['src/gateway/mcp/stdio/life.test.ts', 'an idle child is ended once no session is left'],
    ],
  },
  {
    ids: ['metamcp-324'],
    peer: 'MetaMCP',
    what: 'every look at the tools left a session',
    tried: [
      ['src/gateway/mcp/health.test.ts', 'no session of ours is left behind'],
      [children, 'a hundred sessions that come and go are one child'],
    ],
  },
  { ids: ['metamcp-273'], peer: 'MetaMCP', what: 'first calls side by side started several children', tried: oneChild },
  {
    ids: ['metamcp-336'],
    peer: 'MetaMCP',
    what: 'what a child had started lived on',
    tried: [['src/gateway/mcp/stdio/child.test.ts', 'the group goes, with a grandchild that ignores TERM']],
  },
  {
    ids: ['metamcp-318'],
    peer: 'MetaMCP',
    what: 'too many children showed as an unknown tool',
    tried: [['src/gateway/mcp/stdio/life.test.ts', 'over the cap of children the next is told to come back']],
  },
  {
    ids: ['docker-mcp-gateway-318'],
    peer: 'Docker MCP gateway',
    what: '100 containers from one call',
    tried: oneChild,
  },
  {
    ids: ['docker-mcp-gateway-65'],
    peer: 'Docker MCP gateway',
    what: 'a fresh process for each call lost what the last one did',
    tried: [[children, 'docker-mcp-gateway-65 keeps its state']],
  },
  { ids: ['docker-mcp-gateway-412'], peer: 'Docker MCP gateway', what: 'sessions came and went', tried: oneChild },
  {
    ids: ['docker-mcp-gateway-desktop-302'],
    peer: 'Docker Desktop for Linux',
    what: 'nobody was told that the list of tools had changed',
    tried: [[children, 'docker-mcp-gateway-desktop-302 a changed list of tools is told']],
  },
  {
    ids: ['rmcp'],
    peer: 'servers on the Rust SDK',
    what: 'a child ends when its first message is one that it does not know',
    tried: [[children, 'rmcp ends at an unknown first word']],
  },
  {
    ids: ['mcp-remote-306'],
    peer: 'mcp-remote',
    what: 'a client crashed against a server that speaks 2026-07-28 only',
    tried: [['test/clients.test.ts', 'a client pinned to 2026-07-28 calls a server of that era through the gateway']],
  },
  // Commands, addresses, secrets
  {
    ids: ['CVE-2026-30623', 'GHSA-v4p8-mg3p-g94g', 'CVE-2026-42271'],
    peer: 'LiteLLM',
    what: 'a try of a connection ran whatever command it was given',
    tried: [
      [product, 'CVE-2026-30623 CVE-2026-42271 CVE-2025-49596 no call but that for a server takes a command'],
      ['test/attacks-product.test.ts', 'CVE-2026-30623 arguments of a stdio server are never read by a shell'],
    ],
  },
  {
    ids: ['CVE-2025-6514'],
    peer: 'mcp-remote',
    what: 'an address that a server handed over was run by a shell',
    tried: [
      ['src/gateway/mcp/stdio/child.test.ts', 'its command is never read by a shell'],
      ['src/servers/servers.test.ts', '%s is no address for one'],
    ],
  },
  {
    ids: ['CVE-2026-12798', 'CVE-2026-44430', 'context-forge-ssrf'],
    peer: 'LiteLLM, MCP registry, IBM ContextForge',
    what: 'addresses led into the network of the gateway, by IPv6 spellings of IPv4 among others',
    tried: [
      ['src/http/egress/egress.test.ts', 'an IPv4 address is judged alike in every form that it has inside IPv6'],
      ['src/http/egress/egress.test.ts', 'a name that is public first and private later is refused the second time'],
      ['test/attacks-upstream.test.ts', 'a redirect to the metadata service'],
    ],
  },
  {
    ids: ['litellm-2026-03-18'],
    peer: 'LiteLLM',
    what: 'Authorization headers stood in logs and traces',
    tried: [['test/canary.test.ts', 'a secret is found nowhere but in the one answer that reveals it']],
  },
  {
    ids: ['litellm-2026-03-24'],
    peer: 'LiteLLM',
    what: 'a release that somebody else had published with a stolen token',
    tried: [[list, 'litellm-2026-03-24 what is installed is named to the byte']],
  },
  {
    ids: ['GHSA-724j-f2pf-phf7'],
    peer: 'llmgateway',
    what: 'who hung up paid nothing',
    tried: [
      ['src/gateway/llm/serve.test.ts', 'GHSA-724j-f2pf-phf7 who hangs up has been written down'],
      ['src/gateway/llm/serve.test.ts', 'GHSA-724j-f2pf-phf7 an answer that only its end prices is read to the end'],
      ['test/llm/hang-up.test.ts', 'GHSA-724j-f2pf-phf7 who hangs up pays for what was made'],
    ],
  },
]
