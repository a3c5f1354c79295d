package chat.samara.benchmarks.jmh;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Aead;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeCiphertext;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a cipher suite is made of, through the library's own functions. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PrimitivesBenchmark {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;

    private final RandomSource random = RandomSource.secure();
    private final byte[] message = random.bytes(250);
    private final SignatureKeyPair signer = SignatureKeyPair.generate(SUITE, random);
    private final Bytes signature = SUITE.signWithLabel(signer, "label", message);
    private final HpkeKeyPair receiver = SUITE.generateKeyPair(random);
    private final Secret secret = Secret.random(32, random);
    private final byte[] aeadKey = random.bytes(16);
    private final byte[] nonce = random.bytes(Aead.NONCE_BYTES);
    private final byte[] kibibyte = random.bytes(1024);
    private final HpkeCiphertext sealed = sealed();

    private HpkeCiphertext sealed() {
        try {
            return hpkeSeal();
        } catch (MlsException e) {
            throw new IllegalStateException("encryption to a fresh key, expected to succeed", e);
        }
    }

    @Benchmark
    public Bytes sign() {
        return SUITE.signWithLabel(signer, "label", message);
    }

    @Benchmark
    public boolean verify() {
        return SUITE.verifyWithLabel(signer.publicKey(), "label", message, signature);
    }

    @Benchmark
    public HpkeKeyPair deriveKeyPair() {
        return SUITE.deriveKeyPair(secret);
    }

    @Benchmark
    public HpkeCiphertext hpkeSeal() throws MlsException {
        return SUITE.encryptWithLabel(receiver.publicKey(), "label", message, secret.reveal(), random);
    }

    @Benchmark
    public byte[] hpkeOpen() throws MlsException {
        return SUITE.decryptWithLabel(receiver, "label", message, sealed);
    }

    @Benchmark
    public Bytes hash() {
        return SUITE.hash(message);
    }

    @Benchmark
    public Secret expandWithLabel() {
        return SUITE.deriveSecret(secret, "label");
    }

    @Benchmark
    public byte[] aeadSeal() {
        // A fresh nonce each time: the JDK refuses one that it has just seen under the same key.
        nonce[0]++;
        return SUITE.aead().seal(aeadKey, nonce, message, kibibyte);
    }
}
