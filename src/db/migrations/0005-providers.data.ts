/** What gateways need to know of providers; texts as in 0001. */
export const columns: readonly string[] = [
  "alter table providers add column auth text not null default 'bearer' check (auth in ('bearer', 'x-api-key', 'api-key'))",
  "alter table providers add column timeouts text not null default '{}'",
  'alter table providers add column retries integer not null default 1',
  'alter table providers add column preset text',
  'alter table providers add column health text',
  // Price of a call by tool, decimal text of USD; '*': of every other tool.
  "alter table servers add column tool_prices text not null default '{}'",
]
