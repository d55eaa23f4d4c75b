import type { ComponentType } from 'react'
import type { screens } from './screens.data.ts'

type Load = () => Promise<{ default: ComponentType }>
/** Where each screen of the table comes from: a file of its own, fetched when it is first needed. */
export const loads: Readonly<Record<(typeof screens)[number]['id'], Load>> = {
  home: () => import('./home/HomePage.tsx').then((m) => ({ default: m.HomePage })),
  browse: () => import('./browse/BrowsePage.tsx').then((m) => ({ default: m.BrowsePage })),
  keys: () => import('./keys/KeysPage.tsx').then((m) => ({ default: m.KeysPage })),
  key: () => import('./keys/KeyPage.tsx').then((m) => ({ default: m.KeyPage })),
  apps: () => import('./apps/AppsPage.tsx').then((m) => ({ default: m.AppsPage })),
  app: () => import('./apps/AppPage.tsx').then((m) => ({ default: m.AppPage })),
  servers: () => import('./servers/ServersPage.tsx').then((m) => ({ default: m.ServersPage })),
  server: () => import('./servers/ServerPage.tsx').then((m) => ({ default: m.ServerPage })),
  providers: () => import('./providers/ProvidersPage.tsx').then((m) => ({ default: m.ProvidersPage })),
  provider: () => import('./providers/ProviderPage.tsx').then((m) => ({ default: m.ProviderPage })),
  catalogs: () => import('./catalogs/CatalogsPage.tsx').then((m) => ({ default: m.CatalogsPage })),
  catalog: () => import('./catalogs/CatalogPage.tsx').then((m) => ({ default: m.CatalogPage })),
  projects: () => import('./projects/ProjectsPage.tsx').then((m) => ({ default: m.ProjectsPage })),
  gateways: () => import('./gateways/GatewaysPage.tsx').then((m) => ({ default: m.GatewaysPage })),
  usage: () => import('./usage/UsagePage.tsx').then((m) => ({ default: m.UsagePage })),
  budgets: () => import('./budgets/BudgetsPage.tsx').then((m) => ({ default: m.BudgetsPage })),
  budget: () => import('./budgets/BudgetPage.tsx').then((m) => ({ default: m.BudgetPage })),
  limits: () => import('./limits/LimitsPage.tsx').then((m) => ({ default: m.LimitsPage })),
  requests: () => import('./requests/RequestsPage.tsx').then((m) => ({ default: m.RequestsPage })),
  audit: () => import('./audit/AuditPage.tsx').then((m) => ({ default: m.AuditPage })),
  'key-safety': () => import('./findings/KeySafetyPage.tsx').then((m) => ({ default: m.KeySafetyPage })),
  explain: () => import('./explain/ExplainPage.tsx').then((m) => ({ default: m.ExplainPage })),
  'all-keys': () => import('./keys/KeysPage.tsx').then((m) => ({ default: m.KeysPage })),
  members: () => import('./people/MembersPage.tsx').then((m) => ({ default: m.MembersPage })),
  member: () => import('./people/MemberPage.tsx').then((m) => ({ default: m.MemberPage })),
  teams: () => import('./people/TeamsPage.tsx').then((m) => ({ default: m.TeamsPage })),
  roles: () => import('./people/RolesPage.tsx').then((m) => ({ default: m.RolesPage })),
  'access-requests': () =>
    import('./access-requests/AccessRequestsPage.tsx').then((m) => ({ default: m.AccessRequestsPage })),
  'identity-providers': () =>
    import('./people/IdentityProvidersPage.tsx').then((m) => ({ default: m.IdentityProvidersPage })),
  'settings-keys': () => import('./keys/KeysPage.tsx').then((m) => ({ default: m.KeysPage })),
  policies: () => import('./settings/PoliciesPage.tsx').then((m) => ({ default: m.PoliciesPage })),
  tokens: () => import('./settings/TokensPage.tsx').then((m) => ({ default: m.TokensPage })),
  webhooks: () => import('./webhooks/WebhooksPage.tsx').then((m) => ({ default: m.WebhooksPage })),
  webhook: () => import('./webhooks/WebhookPage.tsx').then((m) => ({ default: m.WebhookPage })),
  organizations: () => import('./people/OrganizationsPage.tsx').then((m) => ({ default: m.OrganizationsPage })),
  inbox: () => import('./inbox/InboxPage.tsx').then((m) => ({ default: m.InboxPage })),
  account: () => import('./account/AccountPage.tsx').then((m) => ({ default: m.AccountPage })),
}
