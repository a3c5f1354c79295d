/**
 * What must hold, checked from outside: the oracle taps every wire, reads every disk and asks every device, and compares
 * what it sees with DESIGN §3. It trusts no server's and no device's own account of itself. A breach is thrown as an
 * {@link chat.samara.systemtests.sim.oracle.InvariantViolation} at the step where it shows.
 */
@NullMarked
package chat.samara.systemtests.sim.oracle;

import org.jspecify.annotations.NullMarked;
