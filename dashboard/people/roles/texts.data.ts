export const texts = {
  title: 'Roles',
  about:
    'Everybody has one role in an organization. It decides what somebody may do here; what a key opens on a gateway, the key decides.',
  fourRoles: 'The four roles',
  owner: 'Owner',
  ownerText:
    'Everything in the organization, with what nobody else may: the policies, single sign-on, the name of the organization, and who else is an owner or admin.',
  admin: 'Admin',
  adminText:
    'Keys, apps, servers, providers, catalogs, projects, gateways, limits, budgets, webhooks, teams and members. Reads policies and single sign-on without changing them, and gives the roles member and auditor.',
  member: 'Member',
  memberText:
    'What is their own: the keys and apps that they or their teams own, their usage, their access requests, their management tokens, their sessions.',
  auditor: 'Auditor',
  auditorText: 'Sees all of the organization, the audit log too, and changes nothing but their own account.',
  yours: 'Your role',
  matrix: 'Who may do what',
  matrixText:
    'It counts from the next call on when somebody changes a role. A management token may do less than its member, never more.',
  yourColumn: '{role} (you)',
  operatorToo: 'You are also an operator of this installation: you found organizations and see all of them.',
  resource: 'On what',
  nothing: 'Nothing',
  seesAll: 'Sees all',
  seesOwn: 'Sees own',
  changesOwn: 'Changes own',
  changesAll: 'Changes all',
  seesAllChangesOwn: 'Sees all, changes own',
  toMembers: 'Who has which role',
} as const
