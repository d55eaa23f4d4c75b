import type { z } from 'zod'
import { fleetSettings } from './config-fleet.ts'
import * as values from './config-values.ts'

export type { Setting } from './config-values.ts'

/** Every setting of this version, in one table: the reader, `config print`, the flags and docs/configuration.md all come from it. */
export const settings = {
  dataDir: {
    env: 'OSTIARY_DATA_DIR',
    group: 'process',
    summary: 'Directory of the database, generated secrets and lock file; made if it is not there.',
    must: 'a directory',
    from: values.text,
    fallback: './data',
  },
  logLevel: {
    env: 'OSTIARY_LOG_LEVEL',
    group: 'process',
    summary: 'Which log lines are written to stdout.',
    must: 'one of debug, info, warn, error, silent',
    from: values.levels,
    fallback: 'info',
  },
  drainSeconds: {
    env: 'OSTIARY_DRAIN_SECONDS',
    group: 'process',
    summary: 'How long open calls may go on after SIGINT or SIGTERM before they are cut.',
    must: 'a whole number of seconds from 0 to 3600',
    from: values.seconds(3600),
    fallback: '30',
  },
  ignoreUnknown: {
    env: 'OSTIARY_IGNORE_UNKNOWN',
    group: 'process',
    summary: 'Start although a setting is unknown to this version, for a downgrade.',
    must: '1 or 0',
    from: values.toggle,
    fallback: '0',
    toggle: true,
  },
  gatewayHost: {
    env: 'OSTIARY_GATEWAY_HOST',
    group: 'listeners',
    summary: 'Address on which the gateway listens. Beyond loopback it needs TLS, trusted proxies or insecure HTTP.',
    must: 'an IP address or a host name',
    from: values.host,
    fallback: '127.0.0.1',
  },
  gatewayPort: {
    env: 'OSTIARY_GATEWAY_PORT',
    group: 'listeners',
    summary: 'Port of the gateway; 0 takes a free one.',
    must: 'a whole number from 0 to 65535',
    from: values.port,
    fallback: '8420',
  },
  gatewayPublicUrl: {
    env: 'OSTIARY_GATEWAY_PUBLIC_URL',
    group: 'listeners',
    summary: 'What clients and links use for the gateway (default: the bound address); also accepted as Host.',
    must: 'an http(s) address without a path, such as https://gateway.example.com',
    from: values.origin,
    fallback: null,
  },
  gatewayTlsCert: {
    env: 'OSTIARY_GATEWAY_TLS_CERT',
    group: 'listeners',
    summary: "Path of the gateway's certificate chain (PEM); read again when it changes.",
    must: 'the path of a PEM file',
    from: values.text,
    fallback: null,
  },
  gatewayTlsKey: {
    env: 'OSTIARY_GATEWAY_TLS_KEY',
    group: 'listeners',
    summary: 'Path of the private key that belongs to it (PEM); read again when it changes.',
    must: 'the path of a PEM file',
    from: values.text,
    fallback: null,
  },
  gateways: {
    env: 'OSTIARY_GATEWAYS',
    group: 'listeners',
    summary:
      'With `serve`: how many gateway processes share the port of the gateway. More than one on Linux only; one for each processor core that is to serve calls.',
    must: 'a whole number from 1 to 16',
    from: values.count(16),
    fallback: '1',
  },
  controlHost: {
    env: 'OSTIARY_CONTROL_HOST',
    group: 'listeners',
    summary: 'Address on which control listens. Beyond loopback it needs TLS, trusted proxies or insecure HTTP.',
    must: 'an IP address or a host name',
    from: values.host,
    fallback: '127.0.0.1',
  },
  controlPort: {
    env: 'OSTIARY_CONTROL_PORT',
    group: 'listeners',
    summary: 'Port of control; 0 takes a free one.',
    must: 'a whole number from 0 to 65535',
    from: values.port,
    fallback: '8421',
  },
  controlPublicUrl: {
    env: 'OSTIARY_CONTROL_PUBLIC_URL',
    group: 'listeners',
    summary: 'What people and links use for control (default: the bound address); also accepted as Host.',
    must: 'an http(s) address without a path, such as https://ostiary.example.com',
    from: values.origin,
    fallback: null,
  },
  controlTlsCert: {
    env: 'OSTIARY_CONTROL_TLS_CERT',
    group: 'listeners',
    summary: "Path of control's certificate chain (PEM); read again when it changes.",
    must: 'the path of a PEM file',
    from: values.text,
    fallback: null,
  },
  controlTlsKey: {
    env: 'OSTIARY_CONTROL_TLS_KEY',
    group: 'listeners',
    summary: 'Path of the private key that belongs to it (PEM); read again when it changes.',
    must: 'the path of a PEM file',
    from: values.text,
    fallback: null,
  },
  trustedProxies: {
    env: 'OSTIARY_TRUSTED_PROXIES',
    group: 'network',
    summary: 'Addresses or CIDRs, by comma. Only from them is X-Forwarded-For read, from the right, and nothing else.',
    must: 'a list of IP addresses or CIDRs, such as 10.0.0.0/8,fd00::/8',
    from: values.words(values.cidr),
    fallback: '',
  },
  gatewayOrigins: {
    env: 'OSTIARY_GATEWAY_ORIGINS',
    group: 'network',
    summary: 'Browser origins that may call the gateway, by comma.',
    must: 'a list of origins, such as https://app.example.com',
    from: values.words(values.origin),
    fallback: '',
  },
  insecureHttp: {
    env: 'OSTIARY_INSECURE_HTTP',
    group: 'network',
    summary: 'Listen beyond loopback without TLS all the same: keys then travel readable for everyone on the way.',
    must: '1 or 0',
    from: values.toggle,
    fallback: '0',
    toggle: true,
  },
  bootstrapToken: {
    env: 'OSTIARY_BOOTSTRAP_TOKEN',
    group: 'secrets',
    summary:
      'Signs in as first owner and operator while it is configured; never stored. Without it the first start prints a one-time link.',
    must: 'at least 32 characters long',
    from: values.secret('bootstrap token', values.longEnough(32)),
    fallback: null,
    secret: true,
  },
  masterKey: {
    env: 'OSTIARY_MASTER_KEY',
    group: 'secrets',
    summary:
      'Root of everything encrypted, the same for all controls on one database. Embedded mode generates it into secrets/master.key in the data directory.',
    must: 'base64 of exactly 32 bytes (make one with: openssl rand -base64 32)',
    from: values.secret('master key', values.base64Of32),
    fallback: null,
    secret: true,
  },
  githubWebhookSecret: {
    env: 'OSTIARY_GITHUB_WEBHOOK_SECRET',
    group: 'secrets',
    summary: "Secret of GitHub's webhook for secret scanning alerts (POST /api/v1/leaks/github). Not set: 404.",
    must: 'at least 16 characters long',
    from: values.secret('GitHub webhook secret', values.longEnough(16)),
    fallback: null,
    secret: true,
  },
  githubToken: {
    env: 'OSTIARY_GITHUB_TOKEN',
    group: 'secrets',
    summary:
      'Token of GitHub that may read secret scanning alerts: most alerts come without the secret they are about.',
    must: 'a token of GitHub',
    from: values.secret('GitHub token', values.headerToken),
    fallback: null,
    secret: true,
  },
  githubApiUrl: {
    env: 'OSTIARY_GITHUB_API_URL',
    group: 'network',
    summary: 'Where those alerts are read; on GitHub Enterprise Server its own address with /api/v3.',
    must: 'an http(s) address, such as https://github.example.com/api/v3',
    from: values.baseUrl,
    fallback: 'https://api.github.com',
  },
  databaseUrl: {
    env: 'OSTIARY_DATABASE_URL',
    group: 'store',
    summary: 'PostgreSQL database. Not set: SQLite in the data directory.',
    must: 'a postgres:// URL',
    from: values.secret('database url', values.urlOf('postgres:', 'postgresql:')),
    fallback: null,
    secret: true,
  },
  ...fleetSettings,
  smtpUrl: {
    env: 'OSTIARY_SMTP_URL',
    group: 'mail',
    summary: 'Mail server. Not set: links are shown to the admin instead.',
    must: 'an smtp:// or smtps:// URL',
    from: values.secret('smtp url', values.urlOf('smtp:', 'smtps:')),
    fallback: null,
    secret: true,
  },
  mailFrom: {
    env: 'OSTIARY_MAIL_FROM',
    group: 'mail',
    summary: 'Sender of mail.',
    must: 'a mail address',
    from: values.mailbox,
    fallback: null,
  },
  url: {
    env: 'OSTIARY_URL',
    group: 'client',
    summary: 'For the command line: where control is.',
    must: 'an http(s) address without a path, such as http://127.0.0.1:8421',
    from: values.origin,
    fallback: 'http://127.0.0.1:8421',
  },
  token: {
    env: 'OSTIARY_TOKEN',
    group: 'client',
    summary: 'For the command line: a management token or the bootstrap token.',
    must: 'a management token (osta_…) or the bootstrap token',
    from: values.secret('management token', values.headerToken),
    fallback: null,
    secret: true,
  },
} as const satisfies Record<string, values.Setting>

export type SettingName = keyof typeof settings
export const settingNames = Object.keys(settings).filter((name): name is SettingName => name in settings)
export const isClientSetting = (name: SettingName): boolean => settings[name].group === 'client'

/** Value of each setting; null where it is not set. */
export type Values = {
  readonly [K in SettingName]:
    | z.output<(typeof settings)[K]['from']>
    | ((typeof settings)[K]['fallback'] extends null ? null : never)
}
