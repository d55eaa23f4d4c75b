import { expect, test } from 'vitest'
import { isEventStream } from './media-type.ts'

test.each([
  ['text/event-stream', true],
  ['Text/Event-Stream ; charset=utf-8', true],
  ['text/event-stream;charset=utf-8', true],
  [['application/json', 'text/event-stream'], true],
  ['application/json; a=event-stream', false],
  ['application/json; a="text/event-stream"', false],
  ['text/event-stream-json', false],
  ['text/event-stream, application/json', false],
  ['', false],
  [undefined, false],
])('an answer is a stream by its media type alone: %j', (contentType, expected) => {
  expect(isEventStream(contentType)).toBe(expected)
})
