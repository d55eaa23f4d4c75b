/** What `GET /usage?by=` takes, and the filter that leaves one row of it: missing where there is none. */
export const dimensions = [
  { by: 'key', text: 'byKey', filter: 'key' },
  { by: 'owner', text: 'byOwner', filter: 'owner' },
  { by: 'team', text: 'byTeam' },
  { by: 'app', text: 'byApp', filter: 'owner' },
  { by: 'project', text: 'byProject', filter: 'project' },
  { by: 'environment', text: 'byEnvironment' },
  { by: 'server', text: 'byServer', filter: 'server' },
  { by: 'tool', text: 'byTool', filter: 'tool', of: 'server' },
  { by: 'provider', text: 'byProvider', filter: 'provider' },
  { by: 'model', text: 'byModel', filter: 'model', of: 'provider' },
  { by: 'status', text: 'byStatus' },
  { by: 'hour', text: 'byHour' },
  { by: 'day', text: 'byDay' },
] as const
