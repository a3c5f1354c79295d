package chat.samara.mls.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.crypto.Primitives.Chosen;
import chat.samara.mls.crypto.Primitives.ForcedException;
import chat.samara.mls.crypto.bouncycastle.JavaCurve25519;
import chat.samara.mls.crypto.primitive.Curve25519;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The choice of primitives")
class PrimitivesTest {
    private static final List<Supplier<Curve25519>> FAILING = List.of(
            () -> {
                throw new UnsatisfiedLinkError("mounted noexec");
            },
            () -> {
                throw new NoClassDefFoundError("org/conscrypt/Conscrypt");
            },
            () -> {
                throw new ExceptionInInitializerError(new NoSuchMethodException("another release"));
            },
            () -> {
                throw new IllegalStateException("a wrong answer to an Ed25519 signature");
            });

    @Test
    @DisplayName(
            "is Bouncy Castle where the library cannot be loaded, is another release, or answers wrongly; and says why")
    void fallsBack() throws ForcedException {
        for (Supplier<Curve25519> failing : FAILING) {
            Chosen chosen = Primitives.decide("", failing, "/profile/native");
            assertThat(chosen.curve25519()).isSameAs(JavaCurve25519.INSTANCE);
            assertThat(chosen.name()).isEqualTo("Bouncy Castle");
            assertThat(chosen.reason()).startsWith("Conscrypt cannot be used here: java.lang.");
        }
    }

    @Test
    @DisplayName("is an error that names folder and remedy where Conscrypt is demanded and cannot be had")
    void forcedAndMissing() {
        for (Supplier<Curve25519> failing : FAILING) {
            assertThatExceptionOfType(ForcedException.class)
                    .isThrownBy(() -> Primitives.decide("conscrypt", failing, "/profile/native"))
                    .withMessageContaining("-Dsamara.crypto=conscrypt")
                    .withMessageContaining("/profile/native")
                    .withMessageContaining("leave the option out");
        }
    }

    @Test
    @DisplayName("is Bouncy Castle where that is demanded, without a look at the other")
    void forcedBouncyCastle() throws ForcedException {
        Chosen chosen = Primitives.decide(
                "bouncycastle",
                () -> {
                    throw new AssertionError("was loaded");
                },
                "/profile/native");
        assertThat(chosen.curve25519()).isSameAs(JavaCurve25519.INSTANCE);
    }

    @Test
    @DisplayName("is an error that names what there is where something unknown is demanded")
    void forcedUnknown() {
        assertThatExceptionOfType(ForcedException.class)
                .isThrownBy(() -> Primitives.decide("openssl", () -> JavaCurve25519.INSTANCE, "/profile/native"))
                .withMessageContaining("-Dsamara.crypto=openssl")
                .withMessageContaining("conscrypt or bouncycastle");
    }

    @Test
    @DisplayName("stays what it was at first")
    void staysTheSame() throws ForcedException {
        Primitives.Choice first = Primitives.choose(System.getProperty("java.io.tmpdir"));
        Curve25519 before = Primitives.curve25519();
        assertThat(Primitives.choose("/nowhere")).isEqualTo(first);
        assertThat(Primitives.curve25519()).isSameAs(before);
        assertThat(Primitives.choice()).isEqualTo(first);
    }

    @Test
    @DisplayName("is under all tests of this module what the run demands")
    void asTheRunDemands() {
        String forced = System.getProperty(Primitives.PROPERTY, "");
        String name = Primitives.choice().name().toLowerCase(Locale.ROOT).replace(" ", "");
        assertThat(forced.isEmpty() || name.startsWith(forced))
                .as("%s is in use", Primitives.choice())
                .isTrue();
        assertThat(Primitives.choice().reason()).isNotEqualTo("nothing was chosen");
    }
}
