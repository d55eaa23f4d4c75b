import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'

test('the delay of the event loop and the process itself are in the metrics', async () => {
  const metrics = createMetrics('control')
  metrics.counter('ostiary_test_total', 'A test.', ['kind']).inc({ kind: 'a' })
  const text = await metrics.text()
  expect(text).toMatch(/ostiary_event_loop_delay_seconds\{of="p99",process="control"\} [\d.e-]+/)
  expect(text).toContain('ostiary_process_cpu_seconds_total')
  expect(text).toContain('ostiary_test_total{kind="a",process="control"} 1')
  metrics.stop()
})

test('two registries in one process do not meet', async () => {
  const [a, b] = [createMetrics('control'), createMetrics('gateway')]
  a.counter('ostiary_only_here_total', 'A test.').inc()
  expect(await b.text()).not.toContain('only_here')
  a.stop()
  b.stop()
})
