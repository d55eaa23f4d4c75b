import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export type Metrics = {
  readonly registry: Registry
  /** Text for `GET /metrics`. */
  readonly text: () => Promise<string>
  readonly contentType: string
  readonly counter: (name: string, help: string, labels?: readonly string[]) => Counter<string>
  readonly gauge: (name: string, help: string, labels?: readonly string[]) => Gauge<string>
  readonly histogram: (
    name: string,
    help: string,
    buckets: readonly number[],
    labels?: readonly string[],
  ) => Histogram<string>
  /** Delay of the event loop since the last reading, in seconds. */
  readonly loopDelay: () => { readonly mean: number; readonly p99: number; readonly max: number }
  readonly stop: () => void
}

/** Metrics of one process, in a registry of its own: two processes of the product never add up by accident. */
export function createMetrics(process: 'control' | 'gateway'): Metrics {
  const registry = new Registry()
  registry.setDefaultLabels({ process })
  collectDefaultMetrics({ register: registry, prefix: 'ostiary_' })
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  const seconds = (nanoseconds: number) => (Number.isFinite(nanoseconds) ? nanoseconds / 1e9 : 0)
  const loopDelay = () => ({
    mean: seconds(delay.mean),
    p99: seconds(delay.percentile(99)),
    max: seconds(delay.max),
  })
  new Gauge({
    name: 'ostiary_event_loop_delay_seconds',
    help: 'Delay of the event loop since the last scrape.',
    labelNames: ['of'],
    registers: [registry],
    collect() {
      for (const [of, value] of Object.entries(loopDelay())) this.set({ of }, value)
      delay.reset()
    },
  })
  const registers = [registry]
  return {
    registry,
    text: () => registry.metrics(),
    contentType: registry.contentType,
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: [...labels], registers }),
    gauge: (name, help, labels = []) => new Gauge({ name, help, labelNames: [...labels], registers }),
    histogram: (name, help, buckets, labels = []) =>
      new Histogram({ name, help, buckets: [...buckets], labelNames: [...labels], registers }),
    loopDelay,
    stop: () => delay.disable(),
  }
}
