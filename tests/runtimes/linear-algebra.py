# NumPy with the system's BLAS and LAPACK, in threads too; what is printed does not depend on the order of rounding.
import threading
import numpy as np

a = np.arange(14400, dtype=float).reshape(120, 120) % 17 + np.eye(120) * 500
print((a @ a).shape, np.allclose(a @ np.linalg.inv(a), np.eye(120)), round(float(np.linalg.slogdet(a)[1]), 6))
print(np.round(np.linalg.svd(a[:5, :5], compute_uv=False), 6).tolist())
print(np.round(np.abs(np.fft.fft(np.sin(np.arange(64) * np.pi / 8)))[:6], 6).tolist())
sums = [0.0] * 4
threads = [threading.Thread(target=lambda i=i: sums.__setitem__(i, float((a * i @ a).sum()))) for i in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
print(sums)
b = np.memmap("matrix.bin", dtype="float32", mode="w+", shape=(100, 100))
b[:] = np.arange(10000).reshape(100, 100)
b.flush()
print(np.fromfile("matrix.bin", dtype="float32")[-3:].tolist(), np.random.default_rng(7).integers(0, 100, 5).tolist())
np.savez_compressed("many.npz", a=a, b=b)
print(sorted(np.load("many.npz").files))
