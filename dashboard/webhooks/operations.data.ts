export const operations = {
  'POST /webhooks': 'webhooks',
  'GET /webhooks': 'webhooks',
  'GET /webhooks/{id}': 'webhook',
  'PATCH /webhooks/{id}': 'webhook',
  'DELETE /webhooks/{id}': 'webhook',
  'POST /webhooks/{id}/test': 'webhook',
  'POST /webhooks/{id}/replay': 'webhook',
  'GET /webhooks/{id}/deliveries': 'webhook',
} as const
