/** Adds guards to the OpenAPI document of an application that uses @fastify/swagger. */
import type { FastifyInstance } from 'fastify'

export function describeRoutes(_app: FastifyInstance): void {}
