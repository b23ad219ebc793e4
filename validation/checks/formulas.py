"""What each check demands, as a formula in plain text.

Symbols: H = h - i Gamma/2 with the sum Gamma of all Gamma_a; G(w) = 1/(w - H), or with the self-energy of
chains for the part of Gamma; X_a = G Gamma_a G^+ and A their sum; f_a the Fermi function of lead a; L_mu =
dh/dx_mu; s the spin factor (`degeneracy`); R the response, S the force noise, D the white noise, sigma the
density matrix, F the force, T_ab the transmission; Q stands for the observable that is asked for.
"""

from __future__ import annotations

from ..core.check import Check

__all__ = ["DEFINITIONS", "FORMULAS", "LEGEND", "formula"]

LEGEND = (
    "H = h - i Gamma/2, G(w) = 1/(w - H), X_a = G Gamma_a G^+, A = sum_a X_a, L_mu = dh/dx_mu, "
    "s = degeneracy, Q = the observable"
)

# Checks against true values demand the definition itself.
DEFINITIONS = {
    "density_matrix": "sigma = int dw/2pi sum_a f_a X_a",
    "force": "F_mu = -s Tr[L_mu sigma]",
    "stiffness": "K[mu, nu] = d2U/dx_mu dx_nu - dF_mu/dx_nu",
    "vibrations": "(K - i omega friction - omega^2 M) u = 0",
    "friction": "friction[mu, nu] = Im dR[mu, nu]/dW at W = 0",
    "curl": "curl[mu, nu] = d_mu F_nu - d_nu F_mu = (s/pi) int dw sum_a f_a Im Tr[L_mu A L_nu X_a]",
    "current": "I_a = s int dw/2pi sum_b T_ab (f_a - f_b)",
    "bond_current": "J_ij = 2 s Im(h_ji sigma_ij)",
    "transmission": "T_ab(E) = Tr[Gamma_a G(E) Gamma_b G(E)^+]",
    "white_noise": "D[mu, nu] = s int dw/2pi sum_ab f_a (1 - f_b) Re Tr[L_mu X_b L_nu X_a]",
    "force_noise": "S[mu, nu](W) = s int dw/2pi sum_ab f_a(w) (1 - f_b(w + W)) "
    "Tr[L_mu X_b(w + W) L_nu X_a(w)]",
    "response": "R[mu, nu](W) = -s int dw/2pi sum_a f_a(w) "
    "Tr[L_mu (G(w + W) L_nu X_a(w) + X_a(w) L_nu G(w - W)^+)]",
    "pair_density": "Lambda[mu, nu](W) = (s/2pi) int dw/2pi sum_a f_a(w) Tr[L_mu A(w - W) L_nu X_a(w)]",
    "force_correlation": "c[mu, nu](t) = s Tr[L_mu P(t) L_nu N(t)^+], "
    "N(t) = int dw/2pi e^{-iwt} sum_a f_a X_a, P with 1 - f_a",
    "self_consistent": "sigma, F of h + v with v = dE[s sigma]/d(s sigma)^T, E the energy of the functional",
    "mode_rates": "d ln N/dt = [-Im(R_xx + R_yy) +- Re(R_yx - R_xy)]/(2 M W)",
    "jellium_curl": "rot F = 2 pi C^2 rot z int dE j_E (D(E - W) + D(E + W))/2",
    "jellium_friction": "-L_zz = (C^2/2 pi W) sum_mu int_mu^(mu + W) dE sum chi^2 chi'^2 (k/k' + k'/k)",
    "jellium_vector_potential": "A_z = C^2 int dE j_E Re (g(E + W) - g(E - W))/2W",
    "driven": "sigma(t) = int dw/2pi sum_a f_a A(w, t) Gamma_a A(w, t)^+ with (i d/dt + w - H(x(t))) A = 1",
    "ehrenfest": "m x'' = -dU/dx - s Tr[L sigma(t)], with sigma(t) of the electrons driven along x(t)",
    "langevin": "m x'' = -dU/dx + F(x) - friction(x) x' + noise, <noise noise> = D(x) delta(t - t')",
    "two_time_noise": "S[mu, nu](t, t') = s Tr[L_mu(t) G^>(t, t') L_nu(t') G^<(t', t)]",
}

# By id, or by id without the observable.
FORMULAS = {
    "analytic.jellium.curl": DEFINITIONS["jellium_curl"],
    "analytic.jellium.friction": DEFINITIONS["jellium_friction"],
    "contract.forms": "Q of the same numbers as integers, float32, lists or views = Q of floats",
    "contract.growth": "memory and time of the k-th call do not rise with k (Mann and Kendall, p < 1e-6)",
    "contract.kept": "Q read later = Q read at once; what was given is as it was",
    "contract.states": "Q on any state of np.random and random; their state after = that before",
    "contract.threads": "Q in eight threads at once = Q alone",
    "cross.jellium.vector_potential": DEFINITIONS["jellium_vector_potential"],
    "analytic.probes.curl": "curl = (2 s decay^2/pi) int dE (f_L-f_R) cot(phi), E + i Gamma/2 = 2 H cos(phi)",
    "analytic.ribbon.curl": "curl = 4 pi C^2 sum_ij d_x w_i d_y w_j D_ij Im rho_ji of the perfect ribbon",
    "analytic.screening.bias": "(1/U - d rho/dE0) dv/dx = d rho/dx, d rho = 2 s Re int dE/2pi (G dh G^<)_00",
    "analytic.screening.order": "dv/dx + dv/dy = O(V), odd in V; dv/dy - dv/dx and curl/V = those at V -> 0 "
    "+ O(V^2)",
    "analytic.screening.corner": "dv/dx = -+2 H' (1 - 2 phi/pi) u/(1 + u), u = U/(2 |H|), 2 H cos(phi) = mu",
    "law.screening.batch": "Q(x)[k] = Q(x[k])",
    "law.screening.continuation": "v of U -> v of 0 on one branch as U goes to 0",
    "law.screening.equation": "v_i = U_i (q_i - n_i) or n_i = q_i, n_i = s sigma_ii",
    "law.screening.equilibrium": "dF_mu/dx_nu = dF_nu/dx_mu at one mu and T",
    "law.screening.monotone": "curl(U) between curl(0) and that of a neutral corner, falling with U",
    "law.screening.no_state": "converged = False where the branch of v of 0 turns back before U",
    "law.screening.status": "converged implies v = U (q(v) - n), q(v) = 1/2 - arctan((e + v)/w)/pi",
    "law.screening.off": "Q at U = 0 = Q of the bare system",
    "law.screening.written_out": "Q of E = U (q - n)^2/2 as a user's functional = Q of Hubbard",
    "link.work": "work of F along a closed path = int curl over the area that it encloses",
    "link.screening.curl": "curl of the result = d_mu F_nu - d_nu F_mu of the self-consistent force",
    "link.screening.gradient": "L_mu = dh/dx_mu + dv/dx_mu, (1/U - chi) dv/dx_mu = dn/dx_mu at fixed v",
    "link.screening.state": "sigma of h + v, F_mu = -s Tr[dh/dx_mu sigma]",
    "analytic.bent_chain": "curl[0, 1] = (2 s decay^2/pi) int dE (f_L - f_R) cot(phi), E = 2 H cos(phi)",
    "analytic.bound": "sigma = f(H) of the whole chain, what it binds included",
    "analytic.chain.current": "I = s (mu_L - mu_R)/2pi",
    "analytic.chain.density_matrix": "sigma_kl = int_0^phi_L dq/2pi e^{iq(k-l)} + int_0^phi_R dq/2pi "
    "e^{-iq(k-l)}, "
    "mu = 2 H cos(phi)",
    "analytic.chain.transmission": "T_LR(E) = 1 for E in the band",
    "analytic.equilibrium.force": "F_mu = (s/pi) Im Tr[L_mu log(mu - H)] - s Tr L_mu at T = 0",
    "analytic.equilibrium.friction": "(friction + friction^T)/2 = (s/4pi) Tr[L_mu A L_nu A] at w = mu, T = 0",
    "analytic.floquet": "(w + k W - h0 + i Gamma/2) A_k - h1 (A_{k-1} + A_{k+1})/2 = delta_k0, "
    "A(w, t) = sum_k A_k e^{-ikWt}",
    "analytic.free": "x(t) = rest + (x(0) - rest) cos(wt) + (v(0)/w) sin(wt), w^2 = stiffness/mass, where "
    "L = 0",
    "analytic.full": "sigma(t) -> 1, F -> -s Tr L, I -> 0 for all mu_a -> +infinity; sigma, F, I -> 0 for "
    "-infinity",
    "analytic.logarithm": "H sigma - sigma H^+ = sum_a (J_a Gamma_a - Gamma_a J_a^+)/2pi, "
    "J_a = log(i(H - mu_a)) - i pi/2, at T = 0",
    "analytic.one_level.current": "I_a = s Gamma_a (n_a - sum_b Gamma_b n_b/Gamma), n_a the occupation "
    "with lead a alone",
    "analytic.one_level.density_matrix": "n = sum_a (Gamma_a/Gamma) n_a, "
    "n_a = 1/2 - (1/pi) Im psi(1/2 + (Gamma/2 + i (e - mu_a))/(2 pi T_a))",
    "analytic.one_level.driven": "A(w, t) = -i int^t dt' exp(i int_t'^t (w - e(x(t'')) + i Gamma/2) dt''), "
    "n(t) = int dw/2pi sum_a f_a Gamma_a |A(w, t)|^2",
    "analytic.one_level.force": "F_mu = -s L_mu n",
    "analytic.one_level.friction": "friction[mu, nu] = s L_mu L_nu (Gamma/4pi) sum_a Gamma_a "
    "int dw (-f_a'(w))/((w - e)^2 + Gamma^2/4)^2",
    "analytic.one_level.transmission": "T_ab(E) = Gamma_a Gamma_b/((E - e)^2 + Gamma^2/4)",
    "analytic.one_level.two_time_noise": "S(t, t') = s L_mu L_nu G^>(t, t') G^<(t', t), "
    "G^<(t', t) = i int dw/2pi e^{-iw(t'-t)} sum_a f_a Gamma_a A(w, t') A(w, t)^*",
    "analytic.one_level.white_noise": "D[mu, nu] = s L_mu L_nu sum_{mu_a > mu_b} Gamma_a Gamma_b "
    "int_{mu_b}^{mu_a} dw/2pi 1/((w - e)^2 + Gamma^2/4)^2 at T = 0",
    "analytic.small_bias": "curl/(mu_L - mu_R) = (s/pi) Im Tr[L_mu A L_nu X_L] at w = mu + O(V^2) for a "
    "window mu -+ V/2, O(V) for mu to mu + V, at T = 0",
    "analytic.stretch_and_turn": "Q at q = 2, theta = 1 has the stored value",
    "analytic.two_level": "friction(x) changes sign at x = -0.31085 and x = -0.05115, negative in between",
    "analytic.unitary": "sigma(t) = U sigma(0) U^+, i dU/dt = h(x(t)) U, as Gamma -> 0; "
    "h run through backwards with its sign turned gives sigma(0) again",
    "analytic.window.curl": DEFINITIONS["curl"] + ", with f_a - f_0 for f_a",
    "analytic.window.force_noise": DEFINITIONS["force_noise"],
    "analytic.window.white_noise": DEFINITIONS["white_noise"],
    "law.antisymmetric": "curl[mu, nu] = -curl[nu, mu]",
    "law.array": "Q(system, [p_1, p_2, ...])[..., k, :, :] = Q(system, p_k)",
    "law.basis": "Q(U h U^+, U L U^+, U Gamma_a U^+) = Q, and U sigma U^+ for the density matrix",
    "law.batch": "Q([one, two, ...])[k] = Q(k-th)",
    "law.batch_chains": "Q([one, two, ...])[k] = Q(k-th)",
    "law.blocks": "Q(h (+) h', L (+) L, Gamma_a (+) Gamma_a) = Q(h) + Q(h'), (+) for matrices over the "
    "levels",
    "law.clock": "Q[x(t - t0), t + t0] = Q[x(t), t]",
    "law.cold": "Q(T = 0) = lim Q(T) for T -> 0",
    "law.coordinates": "L -> M L gives F -> M F, Q -> M Q M^T for a matrix over the coordinates, x -> "
    "(M^T)^-1 x",
    "law.copies": "Q(h (x) 1_k, L (x) 1_k, Gamma_a (x) 1_k) = k Q, Q (x) 1_k for matrices over the levels",
    "law.curvilinear": "Q of h(x(y)) along y(t) = Q of h(x) along x(y(t)), F_y = (dx/dy)^T F_x, "
    "S_y(t, t') = (dx/dy)(t)^T S_x(t, t') (dx/dy)(t')",
    "analytic.steps.driven": "|sigma(step/2) - sigma| <= |sigma(step) - sigma|/2^(k - 1/2), order=k, "
    "sigma by Floquet's theorem",
    "link.wire.trajectory": "F, I of the electrons driven along x(t) of a wire's run = F, I of that run",
    "law.decoupled": "Q does not change with mu_a, T_a where Gamma_a = 0",
    "law.degeneracy": "Q(s) = s Q(1), for density matrix and transmission Q(s) = Q(1)",
    "law.equilibrium": "Q = 0 where all mu_a and all T_a are equal",
    "law.exchange": "curl[f_2, f_1] = -curl[f_1, f_2]",
    "law.full": "sigma -> 1, F_mu -> -s Tr L_mu for all mu_a -> infinity",
    "law.grid": "Q(systems of shape (p, q))[i, j] = Q(system [i, j])",
    "law.hermitian": "sigma = sigma^+",
    "law.idle": "Q(leads, and one with Gamma_a = 0) = Q(leads), with zeros for the entries of that lead",
    "law.longer_chain": "Q(h with the first site of a chain, the chain without it) = Q(h, the chain)",
    "law.memory": "Q(system) after Q(another system alike) = Q(system)",
    "law.near_equal": "2 Q(mu_b = mu_a + d) - Q(mu_b = mu_a) = Q(mu_b = mu_a + 2 d) + O(d^2/T^2)",
    "law.one_lead": "Q({Gamma_a, mu, T}) = Q(sum_a Gamma_a, mu, T)",
    "law.one_level": "curl = 0 for one level: matrices of one level commute",
    "law.order": "Q(leads in another order) = Q, with the entries of each lead moved along",
    "law.particle_hole": "h, L, Gamma, mu -> -h^*, -L^*, Gamma^*, -mu gives sigma -> 1 - sigma^*, F -> F "
    "+ s Tr L, "
    "I, J -> -I, -J, other Q -> Q",
    "law.pauli": "0 <= sigma <= 1",
    "law.positive.force_noise": "S(W) = S(W)^+ >= 0",
    "law.positive.friction": "(friction + friction^T)/2 >= 0 at equilibrium",
    "law.positive.pair_density": "Lambda(W) = Lambda(W)^+ >= 0",
    "law.backwards": "c(-t) = c(t)^+",
    "law.positive.transmission": "0 <= T_ab <= min(rank Gamma_a, rank Gamma_b), 4 times that for a = b",
    "law.positive.two_time_noise": "sum_ij v_i^+ S(t_i, t_j) v_j >= 0 for all v_i",
    "law.positive.white_noise": "D = D^T >= 0",
    "law.real": "R(-W) = R(W)^*",
    "law.positive.response": "(R(W) - R(W)^+)/2iW >= 0 at equilibrium",
    "law.reciprocal": "Q = Q^T over the coordinates at equilibrium, for real h, L and Gamma",
    "law.relabel": "J_{p(i) p(j)} = J_ij for h, Gamma -> U h U^+, U Gamma U^+, U = permutation p times "
    "phases",
    "law.repeat": "Q(system) after Q(another system) = Q(system) before",
    "law.reversal": "T_ab(h^*, Gamma^*) = T_ba(h, Gamma)",
    "law.shift": "Q(h + e, mu_a + e) = Q(h, mu_a), and T_ab(E + e) = T_ab(E)",
    "law.split": "Q(p Gamma_a, (1 - p) Gamma_a, mu_a, T_a) = Q(Gamma_a, mu_a, T_a), entries of the two "
    "parts added",
    "law.sum.current": "sum_a I_a = 0",
    "law.sum.transmission": "sum_b T_ab = sum_b T_ba",
    "law.thermal": "Q(leads in another order) = Q, where all mu_a are equal and the T_a are not",
    "law.times": "Q at t does not change with the other times that are asked for",
    "law.unit": "Q(r h, r Gamma, r mu, r T) = r^p Q(h, Gamma, mu, T), p the power of energy in Q; times "
    "over r; r far from 1 and next to 1",
    "law.waterwheel.array": "rates(W)[k] = rates(W[k])",
    "law.waterwheel.rest": "d ln N/dt < 0 at equilibrium, and alike for both modes of real matrices",
    "law.unit_chains": "Q(r h + e, r mu + e, r T, chains likewise) = r^p Q, p the power of energy in Q",
    "link.balance": "S(-W) = e^{-W/T} S(W)^T at equilibrium, S(W) = int dt e^{iWt} S(t)",
    "link.bond_density": DEFINITIONS["bond_current"],
    "link.bose_einstein": "W^2 <x^2>/2 + <p^2>/2 -> W (1/2 + 1/(e^{W/T} - 1)) as the coupling goes to 0",
    "link.callable": "Q[function x(t)] = Q[the same path as an object]",
    "link.causal": "sigma, F, I at t do not change with x(t') for t' > t",
    "link.commutator": "2 int_0^inf dw/2pi w (S_xx(w) - S_xx(-w)) = -i [x, p] = 1, "
    "S_xx(w) = S(w)/|W^2 - w^2 - R(w) + Re R(W)|^2, unit mass",
    "link.continuity": "s Tr sigma(t2) - s Tr sigma(t1) = int_t1^t2 dt sum_a I_a(t)",
    "analytic.wire.instability": "Xi = (1/2d) sum_a |Im omega_a|, M omega^2 u = K u",
    "analytic.wire.stiffness": "K = D^T kappa D, kappa_ij = delta_ij (P'' + h'' b) + h'^2 Pi_ij, "
    "Pi_ij = -2/t + (8/pi t) sum_m sin((2m-1) k)/(2m-1), m = 1 ... |i - j|, k = k_R for i > j, k_L for i < j",
    "law.vibrations.calm": "Im omega <= 0 at V = 0, with friction",
    "law.wire.reversal": "K(-V) = K(V)^T = J K(V) J, J the mirror",
    "link.stiffness_force": "K[mu, nu] = -d(F_mu - dU/dx_mu)/dx_nu, by finite differences",
    "link.vibrations.motion": "M u omega^2 = K u, u^+ M u = 1, sum omega = 0, Xi = mean |Im omega|",
    "link.vibrations.parts": "S = sym(K(V) - K(0)), A = antisym(K(V) - K(0))",
    "analytic.wire.force": "F = -s (dh/du) (1/pi) sum_a int_0^pi dk f_a(2 h cos k) cos k for a "
    "bond, 0 for an atom",
    "analytic.wire.long": "F = s (h'_j b_j - h'_j-1 b_j-1), b_j = 2 Re sigma_j,j+1",
    "link.wire.force_stiffness": "dF_mu/dx_nu = R[mu, nu](0) - s Tr[d2h/dx_mu dx_nu sigma], by "
    "finite differences",
    "link.curl_force": "curl[mu, nu] = dF_nu/dx_mu - dF_mu/dx_nu, by finite differences",
    "link.curl_force_chains": "curl[mu, nu] = dF_nu/dx_mu - dF_mu/dx_nu, by finite differences",
    "link.current_density": "I_a = s Tr[Gamma_a (sigma_a - sigma)], sigma_a with mu_a, T_a for all leads",
    "link.pairs_response": "Re(R - R^T)/2 = -pi Im(Lambda(W) + Lambda(-W)), "
    "Im(R + R^T)/2 = -pi Re(Lambda(W) - Lambda(-W))",
    "law.cells": "Q(a chain in cells of two sites) = Q(the chain)",
    "law.longer_cells": "Q(h with the first cell of a lead, the lead without it) = Q(h, the lead)",
    "link.kramers_kronig": "(R(W) + R(W)^+)/2 = P int dv/pi A(v)/(v - W), A = (R - R^+)/2i",
    "link.noise_sum": "int dW/2pi S(W) = s Tr[L_mu (1 - sigma) L_nu sigma]",
    "link.stokes": "loop integral of F dx = integral of curl[0, 1] over the area",
    "analytic.probe_chain": "curl = (1 + Gam/v) curl of leads without end + O(Gam^2) + O(exp(-2 Gam N/v))",
    "link.variance": "c[mu, nu](0) = s Tr[L_mu (1 - sigma) L_nu sigma]",
    "link.detailed_balance": "S[mu, nu](-W) = e^{-W/T} S[nu, mu](W) at equilibrium",
    "link.energy": "m v^2/2 + U(x) + s Tr[h sigma] - work = constant",
    "link.equal_time": "S[mu, nu](t, t) = s Tr[L_mu (1 - sigma(t)) L_nu sigma(t)]",
    "link.fluctuation_dissipation": "D = T (friction + friction^T) at equilibrium",
    "link.fluctuation_response": "(S(W) + S(-W)^T)/2 = coth(W/2T) (R(W) - R(W)^+)/2i at equilibrium",
    "link.force.driven": "F_mu(t) = -s Tr[L_mu(x(t)) sigma(t)]",
    "link.force.langevin": "force(t) = F(x(t)) - friction(x(t)) v(t)",
    "link.force_density": DEFINITIONS["force"],
    "link.friction_response": "R(W) = R(0) + i W friction + O(W^2)",
    "link.landauer": DEFINITIONS["current"],
    "analytic.wire.ehrenfest": "m x'' = -dU/dx + F[sigma(t)], F_mu = -s Tr[L_mu sigma]",
    "law.wire.mirror": "x(t; -V)_i = l - x(t; V)_{N+1-i}, I_a(t; -V) = I_b(t; V), leads a and b exchanged",
    "link.level_balance": "sum_i J_ij + I_a(j) = 0 on every level j with its own lead a(j)",
    "link.maxwell": "dF_mu/dmu = dN/dx_mu at equilibrium, N = s Tr sigma",
    "link.newton": "m (v(t2) - v(t1)) = int dt (force(t) - dU/dx(t)), x(t2) - x(t1) = int dt v(t)",
    "link.ode": "m x'' = -dU/dx + F(x) - friction(x) x'",
    "link.order": "|sigma(dt) - sigma(0)| ~ dt^k for order=k",
    "link.pauli": "0 <= sigma(t) = sigma(t)^+ <= 1",
    "link.response": "F(t) = F0 + Re[R(W) a e^{-iWt}] + O(a^2) for x(t) = Re[a e^{-iWt}]",
    "link.response_curl": "curl[mu, nu] = R[nu, mu](0) - R[mu, nu](0)",
    "link.response_force": "R[mu, nu](0) = dF_mu/dx_nu at fixed L, by finite differences",
    "link.rest": "S(t, t - tau) = S_adiabatic(tau) where x(t) is constant",
    "link.slow": "F = F0 - friction v + O(v^2); sigma, I = those at rest + O(v)",
    "link.spectrum": "int dtau e^{iWtau} S_adiabatic(tau) = S(W), over delays of both signs",
    "link.standstill": "x(t) = x(0) where v(0) = 0 and dU/dx = F",
    "link.start": "sigma, F, I at times[0] = those of the steady state at x(times[0])",
    "link.trajectory": "force, current, s Tr[h sigma] of the run = those of electrons driven along its x(t)",
    "link.waterwheel.noise": "d ln N/dt = [m S(-W) m^+ - m^* S(W) m^T]/(4 M W), m = (1, +-i)",
    "link.waterwheel.response": "d ln N/dt = -Im[m^* R(W) m^T]/(2 M W), m = (1, +-i)",
    "link.white": "white = int dtau Re S(t, t - tau), symmetrised, over both signs; "
    "correlation_time = white[mu, mu]/S[mu, mu](t, t)",
    "link.white_noise": "D = Re S(0)",
    "law.alone": "run([t0])[0] = run([t0, t1, ...])[0]",
    "law.delays": "record([tau_2, tau_0, tau_1])[k] = record([tau_0, tau_1, tau_2])[order[k]]",
    "law.starts": "run((x, v))[i] = run((x[i], v[i])) for x, v of any shapes that broadcast",
    "law.twin": "S_adiabatic along x(t) = S_adiabatic of the junction that rests in x(t)",
    "law.waiting": "run from t0 - 64 on with x(t) = x(t0) until t0 = run from t0 on",
    "refuse.arguments": "Q at NaN or infinity, at no place, at W <= 0 or for m <= 0: an error, and no number",
    "refuse.bound": "f_a /= f_b at the energy of a bound state: an error, and no number",
    "refuse.delays": "a delay below 0, or none: an error, and no run",
    "refuse.path": "x(t) that jumps, or is no number: an error, and no run",
    "refuse.start": "x(0), v(0) that are no numbers, or not d each: an error, and no run",
    "refuse.times": "times[k] <= times[k - 1], or no times: an error, and no run",
    "refuse.isolated": "Gamma v = 0, f_a(E) /= f_b(E) for h v = E v: an error, and no number",
    "refuse.threshold": "G -> infinity at the edges of the band, f (1 - f) > 0: an error, and no number",
    "statistical.noise": "<J J^T> = D dt for the impulses J = m dv - (those without noise), independent "
    "of one another",
    "statistical.passing": "<J J^T> = D(x(t)) dt for the impulses J of a body that passes by, there and back",
    "statistical.seed": "run(0) = run(0) /= run(seed), no two starts alike",
    "statistical.thermal": "<m v^2> = T",
}  # fmt: skip


def formula(check: Check) -> str:
    """Return the formula of a check.

    Raises
    ------
    KeyError
        A check without one.
    """
    family = check.id.rpartition(".")[0]
    if check.id in FORMULAS or family in FORMULAS:
        return FORMULAS.get(check.id) or FORMULAS[family]
    if check.tier in ("cross", "table"):
        return DEFINITIONS[check.observables[0]]
    raise KeyError(check.id)
