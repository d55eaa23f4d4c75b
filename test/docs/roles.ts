import { mayActFor } from '../../src/people/may.ts'
import { rightsTable } from '../../src/people/rights.data.ts'
import { type Permission, Role, resources } from '../../src/people/schema.ts'
import { code, table } from './markdown.ts'

/** docs/roles.md: the table of src/people/rights.data.ts in words. */
export function rolesPage(): string {
  const head = ['right', ...roles.map(code)]
  const rows = resources.flatMap((resource) => [`${resource}:read`, `${resource}:write`] as const).map(rightRow)
  const actsFor = roles.map((role) => [code(role), whomHeActsFor(role)])
  return `${introduction}
## Rights

${table(head, rows)}
- **all**: of everything in the organization. **own**: of what belongs to the person (below). **–**: not at all.
- Reading does not come with writing: a token with \`keys:write\` alone makes keys and lists none.
- \`GET /projects/{id}/uses\` names servers, providers, apps and keys, so it needs the rights to read all of each; \`GET /members/{id}/leaving\`
  and \`POST /members/{id}/transfer\` need those of keys and apps as well.
- Whoever may write requests for access of his own asks and withdraws; an owner or admin says yes or no, and nobody but an owner says yes to
  himself.

${own}
## Who acts for whom

${table(['role', 'may act for somebody whose role is'], actsFor)}
${standing}
${operator}`
}

const roles = Role.options
const words = { all: 'all', own: 'own', none: '–' } as const

const rightRow = (right: Permission): string[] => [code(right), ...roles.map((role) => words[rightsTable[right][role]])]

function whomHeActsFor(role: Role): string {
  const others = roles.filter((other) => mayActFor(role, other))
  return others.length === 0 ? 'nobody but himself' : others.map(code).join(', ')
}

const introduction = `# Roles

Generated from \`src/people/rights.data.ts\` by \`npm run docs\`; a test compares this page with the program.

Everybody has one role in his organization. It decides on control only: on a gateway a role opens nothing; there the key decides, with
what its owner reaches through catalogs.

A call passes when the role and the scopes of the management token both have the right. Both are looked at with each call, so a
change of a role counts from the next one on. The scope \`*\` is whatever the role has at that moment.
`

const own = `## What is one's own

- he himself, and the teams that he is in;
- keys and apps that he or one of these teams owns, and the keys of such apps;
- his management tokens, his sessions and his requests for access.

What is not his own answers a person with that reach like something that does not exist: 404 \`not_found\`.
He sees what he may use with \`GET /api/v1/me/catalog\`, whatever his role.
`

const standing = `To act for somebody is to give him a role, to change or remove him, to make or revoke his management tokens, and to be shown a
secret that acts as him: the key of an app which he owns. Whoever may write all keys may still change and revoke anybody's. Everybody acts for
himself, but nobody gives himself a role above what he may act for.

The last owner of an organization is neither removed nor demoted: 409 \`last_owner\`.
`

const operator = `## The operator

Above the organizations of an installation stands the operator: the bootstrap token, or a member whom an operator made one, signed in
with a token whose scope is \`*\` and which an operator made for him. He is one beside his role, which keeps deciding inside his own organization. Only an operator

- founds organizations, lists and changes all of them;
- makes a management token in another organization, for its first owner or another member of it;
- says who else is an operator, and changes or removes one.

Who becomes an operator gets a token for it from one who may make him a token with \`*\`: an owner, somebody of another organization, or the
bootstrap token. Tokens that he has, or makes with them, do not rise with him, as others may hold a copy. With the new one he makes himself
more. The token of the first owner's setup link is an operator's. Where none is left, \`OSTIARY_BOOTSTRAP_TOKEN\` signs one in.

The last operator stays one.
`
