import type { Period } from '../../src/budgets/schema.ts'

export const periods = ['total', 'day', 'week', 'month'] as const satisfies readonly Period[]
