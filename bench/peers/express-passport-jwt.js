/**
 * A signed token on Express.
 */
import express from 'express'
import jsonwebtoken from 'jsonwebtoken'
import passport from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'
import { reply } from '../reply.ts'

const secret = 'only-for-benchmarks-0123456789-abcdefghij'
const options = {
  secretOrKey: secret,
  algorithms: ['HS256'],
  jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
}
passport.use(new Strategy(options, (claims, done) => done(null, { email: claims.email })))

const app = express()
app.post('/sign-in', (_request, response) => {
  const token = jsonwebtoken.sign({ sub: reply.user.id, email: reply.user.email }, secret, {
    expiresIn: '1h',
  })
  response.json({ authorization: `Bearer ${token}` })
})
app.get('/me', passport.authenticate('jwt', { session: false }), ({ user: { email } }, response) => {
  response.json({ ...reply, user: { ...reply.user, email } })
})

app.listen(Number(process.env.PORT))
